import { type SQL, sql } from 'drizzle-orm';
import { events, profiles } from '../../db/schema/identify.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { facts } from '../../db/schema/score.ts';
import { memberships } from '../../db/schema/segment.ts';
import type { Knowledge } from './known.ts';
import { canonicalEvent } from './rules/events.ts';
import type { EventPass, Query } from './rules/kind.ts';
import { instantSql } from './rules/value.sql.ts';

export type Looking = Knowledge & {
  workspaceId: string;
  asOf: Date;
  /** null: everyone. */
  profileIds: string[] | null;
  /** Their ids as an array that the statement has already, where that is so. */
  people?: SQL;
  /** Rows of a segment as this query should see them; the stored ones unless said. */
  memberships?: (segmentKey: string) => SQL;
  /** Set for a moment before the last refresh: traits and facts as of then, with the columns of the stored ones. */
  history?: { traits: SQL; facts: SQL };
};

/** A query that rules are compiled against, and the `from` that carries what they asked for. */
export type OpenQuery = { query: Query; from: () => SQL };

type Pass = EventPass & { columns: Map<string, SQL>; alias: SQL };

/**
 * One pass over the living people `p`, with their traits `t` and facts `f` where they are asked for. What rules ask of
 * events is gathered into a grouped subquery or two an event name, joined: never a correlated EXISTS (over ten times
 * slower, measured).
 */
export function openQuery(looking: Looking): OpenQuery {
  const { workspaceId, asOf, known } = looking;
  const passes = new Map<string, Pass>();
  const joins: SQL[] = [];
  const tables = { traits: false, facts: false };
  // As one text, made once: every subquery names them again.
  const people =
    looking.people ?? (looking.profileIds && sql`${`{${looking.profileIds.join(',')}}`}::uuid[]`);
  const among = (id: SQL) => (people === null ? sql`` : sql`and ${id} = any(${people})`);
  const query: Query = {
    asOf,
    zone: known.zone,
    known,
    workspaceId,
    among,
    nameId: (event) => looking.nameIds.get(canonicalEvent(event)) ?? null,
    get traits() {
      tables.traits = true;
      return sql`t.traits`;
    },
    get facts() {
      tables.facts = true;
      return sql`f`;
    },
    memberships: looking.memberships ?? ((key) => storedMemberships({ workspaceId, asOf, key }, among)),
    join: (subquery) => {
      const alias = aliasOf('j', joins.length);
      joins.push(sql`left join (${subquery}) ${alias} on ${alias}.profile_id = p.id`);
      return alias;
    },
    aggregate: (pass, key, column, conditions) => addColumn(passes, pass, key, column(filterSql(conditions))),
  };
  return { query, from: () => fromSql(looking, query, tablesSql(looking, query, tables), passes, joins) };
}

/** As published at the moment: who left later was in. Present and past apart, as their indexes are. */
export function storedMemberships(
  { workspaceId, asOf, key }: { workspaceId: string; asOf: Date; key: string },
  among: (id: SQL) => SQL,
): SQL {
  const at = sql`${asOf.toISOString()}::timestamptz`;
  const entered = sql`m.workspace_id = ${workspaceId} and m.segment_key = ${key} and m.entered_at <= ${at} ${among(sql`m.profile_id`)}`;
  return sql`
    select m.profile_id, m.entered_at, m.left_at from ${memberships} m where ${entered} and m.left_at is null
     union all
    select m.profile_id, m.entered_at, case when m.left_at <= ${at} then m.left_at end from ${memberships} m
     where ${entered} and m.left_at is not null`;
}

/** Aliases are a letter of ours and a number. */
function aliasOf(letter: 'j' | 'e' | 'c', index: number): SQL {
  const letters = { j: sql`j`, e: sql`e`, c: sql`c` };
  return sql`${letters[letter]}${digits(index)}`;
}

function digits(index: number): SQL {
  const DIGITS = [sql`0`, sql`1`, sql`2`, sql`3`, sql`4`, sql`5`, sql`6`, sql`7`, sql`8`, sql`9`];
  return sql.join(
    [...String(index)].map((digit) => DIGITS[Number(digit)]!),
    sql``,
  );
}

function addColumn(passes: Map<string, Pass>, pass: EventPass, key: string, column: SQL): SQL {
  // What needs properties reads whole rows; the counts beside it are spared that, by an index alone.
  const place = `${pass.needsProperties ? 'rows' : 'index'} ${pass.event}`;
  const known = passes.get(place);
  const shared: Pass = known ?? { ...pass, columns: new Map(), alias: aliasOf('e', passes.size) };
  shared.from = shared.from === null || pass.from === null ? null : Math.min(shared.from, pass.from);
  if (!shared.columns.has(key)) shared.columns.set(key, column);
  passes.set(place, shared);
  return sql`${shared.alias}.${aliasOf('c', [...shared.columns.keys()].indexOf(key))}`;
}

function filterSql(conditions: SQL[]): SQL {
  return conditions.length ? sql` filter (where ${sql.join(conditions, sql` and `)})` : sql``;
}

function tablesSql(looking: Looking, query: Query, tables: { traits: boolean; facts: boolean }): SQL {
  const { history } = looking;
  const traits = sql`left join ${history?.traits ?? profileTraits} t on t.workspace_id = p.workspace_id and t.profile_id = p.id ${query.among(sql`t.profile_id`)}`;
  const known = sql`left join ${history?.facts ?? facts} f on f.workspace_id = p.workspace_id and f.profile_id = p.id ${query.among(sql`f.profile_id`)}`;
  return sql`${tables.traits ? traits : sql``} ${tables.facts ? known : sql``}`;
}

function fromSql(looking: Looking, query: Query, tables: SQL, passes: Map<string, Pass>, joins: SQL[]): SQL {
  const { workspaceId } = looking;
  const grouped = [...passes.values()].map(
    (pass) => sql`left join (${passSql(pass, query)}) ${pass.alias} on ${pass.alias}.profile_id = p.id`,
  );
  return sql`
      from ${profiles} p
      ${sql.join([tables, ...grouped, ...joins], sql` `)}
     where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null ${query.among(sql`p.id`)}`;
}

/** Reads the window's slice by index: everyone's by name and time, a few people's by person and name. */
function passSql(pass: Pass, query: Query): SQL {
  const columns = [...pass.columns.values()].map((column, index) => sql`${column} as ${aliasOf('c', index)}`);
  const named = pass.event === '*' ? sql`` : sql`and e.name_id = ${query.nameId(pass.event) ?? -1}`;
  const since = pass.from === null ? sql`` : sql`and e.occurred_at >= ${instantSql(pass.from)}`;
  return sql`
    select e.profile_id, ${sql.join(columns, sql`, `)}
      from ${events} e
     where e.workspace_id = ${query.workspaceId} ${named} and e.occurred_at <= ${query.asOf.toISOString()}::timestamptz
       ${since} ${query.among(sql`e.profile_id`)}
     group by e.profile_id`;
}
