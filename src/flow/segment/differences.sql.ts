import { type SQL, sql } from 'drizzle-orm';
import { newId } from '../../db/ids.ts';
import { withHelper, withoutLoops } from '../../db/planning.ts';
import type { Db } from '../../db/pool.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';
import { kindOf, leavesOf } from './rules/node.ts';
import { type Asked, everyonesPlaces, type Part, placesSql } from './verdicts.sql.ts';

/**
 * Evaluates segments over everyone and stages the differences to the present memberships, of those too who are no longer
 * among the living. `withHelp`: of a second process, where somebody waits for it.
 */
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
  if (alone.asked.length) await stageWhole(db, refreshId, alone, placesSql(looking, alone.asked));
}

/** PostgreSQL shares a query among processes, but none that also writes: so who is in what is laid down first. */
async function stageInHalves(db: Db, refreshId: string, part: Part): Promise<void> {
  const places = await everyonesPlaces(db, part.looking, part.asked);
  const laid = sql`create temporary table everyones_places on commit drop as ${places}`;
  await withoutLoops(db, async (whole) => await withHelper(whole, async (tx) => await tx.execute(laid)));
  await stageWhole(db, refreshId, part, sql`table everyones_places`);
  await db.execute(sql`drop table everyones_places`);
}

/** Segments are told apart by their places among those asked: of everyone there are millions. */
async function stageWhole(db: Db, refreshId: string, part: Part, wanted: SQL): Promise<void> {
  const statement = sql`with differences as (${differencesSql(part, wanted)}) ${insertSql(part, refreshId)}`;
  await withoutLoops(db, async (tx) => await tx.execute(statement));
}

/** From a table or subquery `differences`. */
function insertSql({ looking, asked }: Part, refreshId: string): SQL {
  const own = sql`${sql.param(asked.map(({ key }) => key))}::text[]`;
  const named = (these: SQL, others: SQL) => sql`
    case when ${these} <@ ${others} then '{}'::text[] else
      array(select (${own})[p.place] from unnest(${these}) as p (place) where p.place <> all (${others})) end`;
  return sql`
    insert into ${stagedChanges} (workspace_id, profile_id, refresh_id, batch_id, entered, "left")
    select ${looking.workspaceId}::uuid, d.profile_id, ${refreshId}::uuid, ${newId()}::uuid,
           ${named(sql`d.after`, sql`d.before`)}, ${named(sql`d.before`, sql`d.after`)}
      from differences d
     order by d.profile_id`;
}

/** Rows (profile_id, after, before) of those whose places differ. */
function differencesSql({ looking, asked }: Part, wanted: SQL): SQL {
  const own = sql`${sql.param(asked.map(({ key }) => key))}::text[]`;
  return sql`
    select coalesce(w.profile_id, n.profile_id) as profile_id,
           coalesce(w.places, '{}') as after, coalesce(n.places, '{}') as before
      from (${wanted}) w
      full join (
        select m.profile_id, array_agg(k.place::integer order by k.place) as places
          from ${memberships} m join unnest(${own}) with ordinality as k (key, place) on k.key = m.segment_key
         where m.workspace_id = ${looking.workspaceId} and m.left_at is null
         group by m.profile_id
      ) n on n.profile_id = w.profile_id
     where coalesce(w.places, '{}') <> coalesce(n.places, '{}')`;
}
