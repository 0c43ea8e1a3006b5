import { type SQL, sql } from 'drizzle-orm';
import { events, profiles } from '../../db/schema/identify.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { facts } from '../../db/schema/score.ts';
import { memberships } from '../../db/schema/segment.ts';
import type { Knowledge } from './known.ts';
import { canonicalEvent } from './rules/events.ts';
import type { Aggregate, EventPass, Query } from './rules/kind.ts';
import { type Properties, sharedProperties } from './rules/property.sql.ts';
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

type Tables = { traits: Readings; facts: boolean };

/** A query that rules are compiled against, and the `from` that carries what they asked for. */
export type OpenQuery = { query: Query; from: () => SQL };

/** Its columns by what they are; no two passes have a column of one name, so that any may compute it. */
type Pass = EventPass & { columns: Map<string, Aggregate & { column: SQL }>; read: Readings };

/** Columns that are computed once a row of a subquery, by what they are. */
type Readings = Map<string, SQL>;

/**
 * One pass over the living people `p`, with their traits `t` and facts `f` where they are asked for. What rules ask of
 * events is gathered into a grouped subquery or two an event name, joined: never a correlated EXISTS (over ten times
 * slower, measured).
 */
export function openQuery(looking: Looking): OpenQuery {
  const { workspaceId, asOf, known } = looking;
  const passes = new Map<string, Pass>();
  const joins: SQL[] = [];
  const tables: Tables = { traits: new Map(), facts: false };
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
    trait: propertiesIn(sql`t.traits`, sql`t`, tables.traits),
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
    aggregate: (pass, key, column) => addColumn(passes, pass, key, column),
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
function aliasOf(letter: 'j' | 'e' | 'c' | 'r', index: number): SQL {
  const letters = { j: sql`j`, e: sql`e`, c: sql`c`, r: sql`r` };
  return sql`${letters[letter]}${digits(index)}`;
}

function digits(index: number): SQL {
  const DIGITS = [sql`0`, sql`1`, sql`2`, sql`3`, sql`4`, sql`5`, sql`6`, sql`7`, sql`8`, sql`9`];
  return sql.join(
    [...String(index)].map((digit) => DIGITS[Number(digit)]!),
    sql``,
  );
}

function propertiesIn(object: SQL, row: SQL, read: Readings): Properties {
  return sharedProperties(object, (key, reading) => {
    if (!read.has(key)) read.set(key, reading);
    return sql`${row}.${aliasOf('r', [...read.keys()].indexOf(key))}`;
  });
}

function addColumn(
  passes: Map<string, Pass>,
  pass: EventPass,
  key: string,
  column: (properties: Properties) => Aggregate,
): SQL {
  // What needs properties reads whole rows; the counts beside it are spared that, by an index alone.
  const place = `${pass.needsProperties ? 'rows' : 'index'} ${pass.event}`;
  const shared: Pass = passes.get(place) ?? { ...pass, columns: new Map(), read: new Map() };
  shared.from = shared.from === null || pass.from === null ? null : Math.min(shared.from, pass.from);
  passes.set(place, shared);
  const known = shared.columns.get(key) ?? {
    ...column(propertiesIn(sql`e.properties`, sql`e`, shared.read)),
    column: aliasOf(
      'c',
      [...passes.values()].reduce((count, each) => count + each.columns.size, 0),
    ),
  };
  shared.columns.set(key, known);
  return known.column;
}

function tablesSql(looking: Looking, query: Query, tables: Tables): SQL {
  const { history, workspaceId } = looking;
  const traits = sql`left join (
    select t.workspace_id, t.profile_id, t.traits, ${readingsSql(tables.traits)}
      from ${history?.traits ?? profileTraits} t
     where t.workspace_id = ${workspaceId} ${query.among(sql`t.profile_id`)}
     ${keptWhole(sql`t.workspace_id`)}) t on t.workspace_id = p.workspace_id and t.profile_id = p.id`;
  const known = sql`left join ${history?.facts ?? facts} f on f.workspace_id = p.workspace_id and f.profile_id = p.id ${query.among(sql`f.profile_id`)}`;
  return sql`${tables.traits.size ? traits : sql``} ${tables.facts ? known : sql``}`;
}

function readingsSql(read: Readings): SQL {
  return sql.join(
    [...read.values()].map((reading, index) => sql`${reading} as ${aliasOf('r', index)}`),
    sql`, `,
  );
}

/**
 * An order of rows that are all alike in it: nothing is sorted, but the planner keeps such a subquery as it is, and
 * its columns are computed once a row. Else it writes each expression wherever the column is named.
 */
function keptWhole(constant: SQL): SQL {
  return sql`order by ${constant}`;
}

function fromSql(looking: Looking, query: Query, tables: SQL, passes: Map<string, Pass>, joins: SQL[]): SQL {
  const { workspaceId } = looking;
  const grouped = together([...passes.values()]).map((pass, index) => {
    const alias = aliasOf('e', index);
    return sql`left join (${passSql(pass, query)}) ${alias} on ${alias}.profile_id = p.id`;
  });
  return sql`
      from ${profiles} p
      ${sql.join([tables, ...grouped, ...joins], sql` `)}
     where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null ${query.among(sql`p.id`)}`;
}

/** Where whole rows are read as far back anyway, what needs no properties is computed with them. */
function together(passes: Pass[]): Pass[] {
  const isWithin = (one: Pass, rows: Pass) =>
    !one.needsProperties &&
    rows.needsProperties &&
    one.event === rows.event &&
    (rows.from === null || (one.from !== null && rows.from <= one.from));
  return passes
    .filter((one) => !passes.some((rows) => isWithin(one, rows)))
    .map((rows) => {
      const within = passes.filter((one) => isWithin(one, rows)).flatMap((one) => [...one.columns]);
      return { ...rows, columns: new Map([...rows.columns, ...within]) };
    });
}

function passSql(pass: Pass, query: Query): SQL {
  const columns = [...pass.columns.values()].map(
    ({ value, conditions, column }) => sql`${value}${filterSql(conditions)} as ${column}`,
  );
  return sql`
    select e.profile_id, ${sql.join(columns, sql`, `)}
      ${pass.read.size ? readOnceSql(pass, query) : eventsSql(pass, query)}
     group by e.profile_id`;
}

function filterSql(conditions: SQL[]): SQL {
  return conditions.length ? sql` filter (where ${sql.join(conditions, sql` and `)})` : sql``;
}

function readOnceSql(pass: Pass, query: Query): SQL {
  return sql`
    from (select e.profile_id, e.occurred_at, e.value, e.properties, ${readingsSql(pass.read)}
          ${eventsSql(pass, query)} ${keptWhole(sql`e.workspace_id`)}) e`;
}

/** Reads the window's slice by index: everyone's by name and time, a few people's by person and name. */
function eventsSql(pass: Pass, query: Query): SQL {
  const named = pass.event === '*' ? sql`` : sql`and e.name_id = ${query.nameId(pass.event) ?? -1}`;
  const since = pass.from === null ? sql`` : sql`and e.occurred_at >= ${instantSql(pass.from)}`;
  return sql`
    from ${events} e
   where e.workspace_id = ${query.workspaceId} ${named} and e.occurred_at <= ${query.asOf.toISOString()}::timestamptz
     ${since} ${query.among(sql`e.profile_id`)}`;
}
