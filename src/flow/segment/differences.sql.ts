import { type SQL, sql } from 'drizzle-orm';
import { newId } from '../../db/ids.ts';
import { byName, namedOnce, withHelper, withoutLoops } from '../../db/planning.ts';
import type { Db } from '../../db/pool.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';
import type { Looking } from './query.sql.ts';
import { kindOf, leavesOf } from './rules/node.ts';
import { type Asked, everyonesPlaces, placesSql } from './verdicts.sql.ts';

/** People, and the segments to look at for them. */
export type Part = { looking: Looking; asked: Asked[] };
type PartOfSome = Part & { looking: { profileIds: string[] } };

/**
 * Evaluates the segments of each part over its people, in one statement for all, and stages the differences to the
 * present memberships. Also who is no longer among the living comes out. A person and segment once within a refresh.
 */
export async function stageOfSome(db: Db, refreshId: string, parts: PartOfSome[]): Promise<void> {
  const keys = keysOf(parts);
  const { head, people } = namedOnce(parts.map(({ looking }) => looking.profileIds));
  const differences = parts.map(({ looking, asked }, index) => {
    const named = { ...looking, people: people[index] };
    return differencesSql({ looking: named, asked }, keys, placesSql(named, asked, keys));
  });
  const statement = sql`with ${head}, differences as (${sql.join(differences, sql` union all `)})
                        ${insertSql(parts[0]!.looking, refreshId, keys)}`;
  await byName(db, async (tx) => await tx.execute(statement));
}

/** The same over everyone; `withHelp`: of a second process, where somebody waits for it. */
export async function stageOfEveryone(
  db: Db,
  refreshId: string,
  { looking, asked }: Part,
  withHelp: boolean,
): Promise<void> {
  // What asks for an order is apart: one such rule would keep all others from being shared.
  const isShared = ({ definition }: Asked) =>
    withHelp && leavesOf(definition).every(({ leaf }) => kindOf(leaf).isOrdered !== true);
  const shared = { looking, asked: asked.filter(isShared) };
  const alone = { looking, asked: asked.filter((one) => !isShared(one)) };
  if (shared.asked.length) await stageInHalves(db, refreshId, shared);
  if (alone.asked.length)
    await stageWhole(db, refreshId, alone, placesSql(looking, alone.asked, keysOf([alone])));
}

/** PostgreSQL shares a query among processes, but none that also writes: so who is in what is laid down first. */
async function stageInHalves(db: Db, refreshId: string, part: Part): Promise<void> {
  const places = await everyonesPlaces(db, part.looking, part.asked);
  const laid = sql`create temporary table everyones_places on commit drop as ${places}`;
  await withoutLoops(db, async (whole) => await withHelper(whole, async (tx) => await tx.execute(laid)));
  await stageWhole(db, refreshId, part, sql`table everyones_places`);
  await db.execute(sql`drop table everyones_places`);
}

async function stageWhole(db: Db, refreshId: string, part: Part, wanted: SQL): Promise<void> {
  const keys = keysOf([part]);
  const statement = sql`with differences as (${differencesSql(part, keys, wanted)})
                        ${insertSql(part.looking, refreshId, keys)}`;
  await withoutLoops(db, async (tx) => await tx.execute(statement));
}

/** Segments are told apart by their places in this list. */
function keysOf(parts: Pick<Part, 'asked'>[]): string[] {
  return [...new Set(parts.flatMap(({ asked }) => asked.map(({ key }) => key)))];
}

/** From a table or subquery `differences`. */
function insertSql({ workspaceId }: Looking, refreshId: string, keys: string[]): SQL {
  const named = (these: SQL, others: SQL) => sql`
    case when ${these} <@ ${others} then '{}'::text[] else
      array(select (${sql.param(keys)}::text[])[p.place] from unnest(${these}) as p (place) where p.place <> all (${others})) end`;
  return sql`
    insert into ${stagedChanges} (workspace_id, profile_id, refresh_id, batch_id, entered, "left")
    select ${workspaceId}::uuid, d.profile_id, ${refreshId}::uuid, d.batch_id,
           ${named(sql`d.after`, sql`d.before`)}, ${named(sql`d.before`, sql`d.after`)}
      from differences d
     order by d.profile_id`;
}

const FEW_SEGMENTS = 8;

/** Rows (profile_id, batch_id, after, before) of those whose places differ. */
function differencesSql({ looking, asked }: Part, keys: string[], wanted: SQL): SQL {
  const own = sql`${sql.param(asked.map(({ key }) => key))}::text[]`;
  const places = sql`${sql.param(asked.map(({ key }) => keys.indexOf(key) + 1))}::integer[]`;
  const among = looking.people ? sql`and m.profile_id = any(${looking.people})` : sql``;
  // Of many segments people are read with all they are in; of a few, these alone are looked up.
  const named = asked.length <= FEW_SEGMENTS ? sql`and m.segment_key = any(${own})` : sql``;
  return sql`
    select coalesce(w.profile_id, n.profile_id) as profile_id, ${newId()}::uuid as batch_id,
           coalesce(w.places, '{}') as after, coalesce(n.places, '{}') as before
      from (${wanted}) w
      full join (
        select m.profile_id, array_agg(k.place order by k.place) as places
          from ${memberships} m join unnest(${own}, ${places}) as k (key, place) on k.key = m.segment_key
         where m.workspace_id = ${looking.workspaceId} and m.left_at is null ${among} ${named}
         group by m.profile_id
      ) n on n.profile_id = w.profile_id
     where coalesce(w.places, '{}') <> coalesce(n.places, '{}')`;
}
