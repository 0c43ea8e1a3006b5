import { type SQL, sql } from 'drizzle-orm';
import { byName, namedOnce, withoutLoops } from '../../db/planning.ts';
import { type Database, type Db, rowsOf } from '../../db/pool.ts';
import { bothOf, WORTH_A_READER, withReader } from '../../db/reader.ts';
import { profiles } from '../../db/schema/identify.ts';
import { facts } from '../../db/schema/score.ts';
import { computedFacts, type FactScope } from './computed-facts.sql.ts';

/** How many rows changed, and how many more buyers there are. */
export type FactChanges = { rows: number; won: number };

/**
 * Computes the facts of some or all people from their events and writes those that differ. Scores (rfm_*, lifecycle,
 * predictions) are left as the last scoring wrote them. Twice is the same as once. Given the `database`, half of many
 * people are computed on a second connection meanwhile.
 */
export async function refreshFacts(db: Db, scope: FactScope, database?: Database): Promise<FactChanges> {
  const halves = database && halvesOf(scope.profileIds);
  if (!halves) return await writeFacts(db, scope);
  const [ours, theirs] = halves;
  const there = { ...scope, profileIds: theirs };
  const [written, read] = await bothOf(
    writeFacts(db, { ...scope, profileIds: ours }),
    withReader(database, async (reader) => await readFacts(reader, there)),
  );
  const others = await writeFacts(db, there, read);
  return { rows: written.rows + others.rows, won: written.won + others.won };
}

/** Facts are many columns a person: of more than these they would fill the memory here. */
const MOST_AT_ONCE = 20_000;

function halvesOf(profileIds: string[] | null): [string[], string[]] | null {
  const people = profileIds?.length ?? 0;
  if (people < 2 * WORTH_A_READER || people > MOST_AT_ONCE) return null;
  const middle = Math.ceil(people / 2);
  return [profileIds!.slice(0, middle), profileIds!.slice(middle)];
}

/** `read`: what was computed already, as a JSON array. */
async function writeFacts(db: Db, scope: FactScope, read: string | null = null): Promise<FactChanges> {
  const named = scope.profileIds && namedOnce([scope.profileIds]);
  const people = named?.people[0];
  const rows = read
    ? sql`select * from json_populate_recordset(null::${facts}, ${read}::json)`
    : computedFacts({ ...scope, people });
  const computed = sql`computed as (${rows})`;
  // The table as it was before the statement stands beside what the statement writes.
  const statement = sql`
    with ${named ? sql`${named.head}, ${computed}` : computed}, written as (${upsertStatement(scope)})
    select count(*) as rows, count(*) filter (where w.orders > 0) - count(*) filter (where f.orders > 0) as won,
           ${people ? sql`(select count(*) from computed)` : sql`null`} as living
      from written w left join ${facts} f on f.workspace_id = ${scope.workspace.id} and f.profile_id = w.profile_id
           ${people ? sql`and f.profile_id = any(${people})` : sql``}`;
  const [row] = await computing(
    db,
    scope,
    async (tx) => await rowsOf<{ rows: string; won: string; living: string | null }>(tx, statement),
  );
  const isNobodyGone = scope.profileIds?.length === Number(row?.living ?? -1);
  const lost = isNobodyGone ? 0 : await dropFactsOfTheGone(db, scope);
  return { rows: Number(row?.rows ?? 0), won: Number(row?.won ?? 0) - lost };
}

async function readFacts(reader: Db, scope: FactScope): Promise<string> {
  const { head, people } = namedOnce([scope.profileIds ?? []]);
  const computed = computedFacts({ ...scope, people: people[0] });
  const statement = sql`with ${head} select coalesce(json_agg(c), '[]')::text as computed from (${computed}) c`;
  const [row] = await computing(
    reader,
    scope,
    async (tx) => await rowsOf<{ computed: string }>(tx, statement),
  );
  return row!.computed;
}

/** Facts that do not equal what the events say now: for `verify`. Ids of at most 100 people. */
export async function findWrongFacts(db: Db, scope: FactScope): Promise<string[]> {
  const rows = await computing(
    db,
    scope,
    async (tx) =>
      await rowsOf<{ id: string }>(
        tx,
        sql`with computed as (${computedFacts(scope)})
        select c.profile_id as id from computed c
          left join ${facts} f on f.workspace_id = ${scope.workspace.id} and f.profile_id = c.profile_id
         where f.profile_id is null or (${differs(sql`c`, sql`f`)})
         limit 100`,
      ),
  );
  return rows.map((row) => row.id);
}

async function computing<T>(db: Db, scope: FactScope, work: (db: Db) => Promise<T>): Promise<T> {
  return scope.profileIds ? await byName(db, work) : await withoutLoops(db, work);
}

/** The computed columns, spelt here once. */
const COLUMNS = [
  sql`orders`,
  sql`net_revenue`,
  sql`gross_revenue`,
  sql`average_order`,
  sql`order_gap_days`,
  sql`first_order_at`,
  sql`last_order_at`,
  sql`sessions`,
  sql`page_views`,
  sql`emails_sent`,
  sql`emails_opened`,
  sql`emails_clicked`,
  sql`last_opened_at`,
  sql`signed_up_at`,
  sql`first_seen_at`,
  sql`last_seen_at`,
  sql`first_channel`,
  sql`last_channel`,
  sql`first_campaign`,
  sql`last_campaign`,
];

const columnList = sql.join(COLUMNS, sql`, `);

function differs(a: SQL, b: SQL): SQL {
  const left = sql.join(
    COLUMNS.map((name) => sql`${a}.${name}`),
    sql`, `,
  );
  const right = sql.join(
    COLUMNS.map((name) => sql`${b}.${name}`),
    sql`, `,
  );
  return sql`row(${left}) is distinct from row(${right})`;
}

/** Of the rows that the statement around it has as `computed`. */
function upsertStatement(scope: FactScope): SQL {
  const sets = sql.join(
    COLUMNS.map((name) => sql`${name} = excluded.${name}`),
    sql`, `,
  );
  return sql`
    insert into ${facts} as f (workspace_id, profile_id, ${columnList}, updated_at)
    select ${scope.workspace.id}::uuid, c.profile_id, ${sql.join(
      COLUMNS.map((name) => sql`c.${name}`),
      sql`, `,
    )}, ${scope.asOf}::timestamptz
      from computed c
        on conflict (workspace_id, profile_id) do update set ${sets}, updated_at = excluded.updated_at
     where ${differs(sql`f`, sql`excluded`)}
    returning f.profile_id, f.orders`;
}

/** A profile that joined another, or was erased, has no facts of its own. Gives how many of them were buyers. */
async function dropFactsOfTheGone(db: Db, scope: FactScope): Promise<number> {
  const among = (id: SQL) =>
    scope.profileIds ? sql`and ${id} = any(${sql.param(scope.profileIds)}::uuid[])` : sql``;
  const rows = await rowsOf<{ is_buyer: boolean }>(
    db,
    sql`
    delete from ${facts} f
     where f.workspace_id = ${scope.workspace.id}
       and f.profile_id in (select p.id from ${profiles} p where p.workspace_id = ${scope.workspace.id} ${among(sql`p.id`)}
                              and (p.merged_into is not null or p.erased_at is not null))
    returning f.orders > 0 as is_buyer`,
  );
  return rows.filter((row) => row.is_buyer).length;
}
