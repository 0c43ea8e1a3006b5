import { type SQL, sql } from 'drizzle-orm';
import { newId } from '../../db/ids.ts';
import { byName, namedOnce, withHelper, withoutLoops } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';
import { withChoices } from './choices.sql.ts';
import { type Looking, openQuery } from './query.sql.ts';
import { compile } from './rules/compile.sql.ts';
import type { Query } from './rules/kind.ts';
import { kindOf, leavesOf, type Node } from './rules/node.ts';

export type Asked = { key: string; definition: Node };

const FEW_SEGMENTS = 8;

/**
 * Evaluates segments over people in one pass and stages the difference to the present memberships. Also who is no
 * longer among the living comes out. Once a person and segment within a refresh.
 */
export async function stageDifferences(
  db: Db,
  looking: Looking,
  refreshId: string,
  asked: Asked[],
): Promise<void> {
  if (asked.length === 0) return;
  const staging = { workspaceId: looking.workspaceId, refreshId, asked };
  if (looking.profileIds === null) return await stageOverEveryone(db, looking, staging);
  const { people, looked } = namedOnce(looking.profileIds);
  const wanted = placesSql(people ? { ...looking, people } : looking, asked);
  const statement = sql`with ${looked} ${differencesSql(staging, wanted, people)}`;
  await byName(db, async (tx) => await tx.execute(statement));
}

type Staging = { workspaceId: string; refreshId: string; asked: Asked[] };

/** Shared between two processes but for what asks for an order: one such rule would keep all others from it. */
async function stageOverEveryone(db: Db, looking: Looking, staging: Staging): Promise<void> {
  const isOrdered = ({ definition }: Asked) =>
    leavesOf(definition).some(({ leaf }) => kindOf(leaf).isOrdered === true);
  const shared = staging.asked.filter((one) => !isOrdered(one));
  const ordered = staging.asked.filter(isOrdered);
  if (shared.length) await stageInHalves(db, looking, { ...staging, asked: shared });
  if (ordered.length === 0) return;
  const differences = differencesSql({ ...staging, asked: ordered }, placesSql(looking, ordered), null);
  await withoutLoops(db, async (tx) => await tx.execute(sql`with ${differences}`));
}

/** PostgreSQL shares a query among processes, but none that also writes: so who is in what is laid down first. */
async function stageInHalves(db: Db, looking: Looking, staging: Staging): Promise<void> {
  const places = await everyonesPlaces(db, looking, staging.asked);
  await withHelper(
    db,
    async (tx) => await tx.execute(sql`create temporary table everyones_places on commit drop as ${places}`),
  );
  const wanted = sql`table everyones_places`;
  await withoutLoops(db, async (tx) => await tx.execute(sql`with ${differencesSql(staging, wanted, null)}`));
  await db.execute(sql`drop table everyones_places`);
}

/** From `wanted as` on. */
function differencesSql({ workspaceId, refreshId, asked }: Staging, wanted: SQL, people: SQL | null): SQL {
  const keys = sql`${sql.param(asked.map((one) => one.key))}::text[]`;
  const among = people ? sql`and m.profile_id = any(${people})` : sql``;
  // Of many segments people are read with all they are in; of a few, these alone are looked up.
  const named = asked.length <= FEW_SEGMENTS ? sql`and m.segment_key = any(${keys})` : sql``;
  // Per person the places of their segments in the list, before and after: rows only for who differs.
  return sql`
    wanted as materialized (${wanted}),
    present as materialized (
      select m.profile_id, array_agg(k.place::integer order by k.place) as places
        from ${memberships} m join unnest(${keys}) with ordinality as k (key, place) on k.key = m.segment_key
       where m.workspace_id = ${workspaceId} and m.left_at is null ${among} ${named}
       group by m.profile_id
    ),
    changed as materialized (
      select coalesce(w.profile_id, n.profile_id) as profile_id,
             coalesce(w.places, '{}') as after, coalesce(n.places, '{}') as before
        from wanted w full join present n on n.profile_id = w.profile_id
       where coalesce(w.places, '{}') <> coalesce(n.places, '{}')
    )
    insert into ${stagedChanges} (workspace_id, profile_id, refresh_id, batch_id, entered, "left")
    select ${workspaceId}::uuid, c.profile_id, ${refreshId}::uuid, ${newId()}::uuid,
           case when c.after <@ c.before then '{}'::text[] else
             array(select (${keys})[a.place] from unnest(c.after) as a (place) where a.place <> all (c.before)) end,
           case when c.before <@ c.after then '{}'::text[] else
             array(select (${keys})[b.place] from unnest(c.before) as b (place) where b.place <> all (c.after)) end
      from changed c
     order by c.profile_id`;
}

/** Of everyone the places, in two halves for two processes: run it by `withHelper`. */
export async function everyonesPlaces(db: Db, looking: Looking, asked: Asked[]): Promise<SQL> {
  const middle = await findMiddle(db, looking.workspaceId);
  const lower = (id: SQL) => sql`and ${id} < ${middle}::uuid`;
  const upper = (id: SQL) => sql`and ${id} >= ${middle}::uuid`;
  return sql`${placesSql({ ...looking, part: lower }, asked)} union all ${placesSql({ ...looking, part: upper }, asked)}`;
}

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The id in the middle of all; they need not be spread evenly. */
async function findMiddle(db: Db, workspaceId: string): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(
    db,
    sql`select p.id from ${profiles} p where p.workspace_id = ${workspaceId} order by p.id
        offset (select count(*) / 2 from ${profiles} c where c.workspace_id = ${workspaceId}) limit 1`,
  );
  return row?.id ?? HIGHEST_ID;
}

/** Of everyone looked at the places in the list of the rules they satisfy. */
export function placesSql(looking: Looking, asked: Asked[]): SQL {
  const opened = openQuery(looking);
  const each = asked.map(
    (one, index) => sql`case when ${verdictSql(looking, one, opened.query)} then ${index + 1}::integer end`,
  );
  return sql`select p.id as profile_id, array_remove(array[${sql.join(each, sql`, `)}], null) as places ${opened.from()}`;
}

/** Rows (profile_id, segment_key) of everyone looked at who satisfies a rule. */
export function wantedSql(looking: Looking, asked: Asked[]): SQL {
  const opened = openQuery(looking);
  const each = asked.map(
    (one) => sql`case when ${verdictSql(looking, one, opened.query)} then ${one.key}::text end`,
  );
  return sql`
    select v.profile_id, k.key as segment_key
      from (select p.id as profile_id, array[${sql.join(each, sql`, `)}] as keys ${opened.from()}) v,
           unnest(v.keys) as k (key)
     where k.key is not null`;
}

/** What the rule says, and by hand what it does not. */
export function verdictSql(looking: Looking, { key, definition }: Asked, query: Query): SQL {
  const rule = compile(definition, query);
  return looking.chosen.has(key) ? withChoices(rule, key, query) : rule;
}

export type Difference = { profileId: string; segmentKey: string; stored: boolean; computed: boolean };

/** Where stored memberships and a computation from nothing differ, at most a hundred. */
export async function findDifferences(db: Db, looking: Looking, asked: Asked[]): Promise<Difference[]> {
  if (asked.length === 0) return [];
  const statement = sql`
    with wanted as materialized (${wantedSql(looking, asked)}),
    present as materialized (
      select m.profile_id, m.segment_key from ${memberships} m
       where m.workspace_id = ${looking.workspaceId} and m.left_at is null
         and m.segment_key = any(${sql.param(asked.map((one) => one.key))}::text[])
    )
    select coalesce(w.profile_id, n.profile_id) as profile_id, coalesce(w.segment_key, n.segment_key) as segment_key,
           n.profile_id is not null as stored
      from wanted w full join present n on n.profile_id = w.profile_id and n.segment_key = w.segment_key
     where w.profile_id is null or n.profile_id is null
     limit 100`;
  const rows = await withoutLoops(
    db,
    async (tx) => await rowsOf<{ profile_id: string; segment_key: string; stored: boolean }>(tx, statement),
  );
  return rows.map((row) => ({
    profileId: row.profile_id,
    segmentKey: row.segment_key,
    stored: row.stored,
    computed: !row.stored,
  }));
}
