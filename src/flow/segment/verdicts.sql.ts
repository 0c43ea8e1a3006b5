import { type SQL, sql } from 'drizzle-orm';
import { withoutLoops } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';
import { memberships } from '../../db/schema/segment.ts';
import { withChoices } from './choices.sql.ts';
import { type Looking, openQuery } from './query.sql.ts';
import { compile } from './rules/compile.sql.ts';
import type { Query } from './rules/kind.ts';
import type { Node } from './rules/node.ts';

export type Asked = { key: string; definition: Node };
/** People, and the segments to look at for them. */
export type Part = { looking: Looking; asked: Asked[] };

/** Of everyone the places, in two halves, which `withHelper` shares between two processes. */
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

/** Of everyone looked at the places, among those asked, of the rules they satisfy; from first to last. */
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
    select v.profile_id, unnest(v.keys) as segment_key
      from (select p.id as profile_id, array_remove(array[${sql.join(each, sql`, `)}], null) as keys ${opened.from()}) v`;
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
