import { type SQL, sql } from 'drizzle-orm';
import { events } from '../../db/schema/identify.ts';
import { aliasOf, keptWhole, propertiesIn, type Readings, readingsSql } from './readings.sql.ts';
import type { Aggregate, EventPass, Query } from './rules/kind.ts';
import type { Properties } from './rules/property.sql.ts';
import { instantSql } from './rules/value.sql.ts';

/** Its columns by what they are; no two passes have a column of one name, so that any may compute it. */
type Pass = EventPass & { columns: Map<string, Aggregate & { column: SQL }>; read: Readings };

/** Ids of the events it reads; none: all. */
type NamedPass = Pass & { names: number[] };

/** What rules asked of events so far, by where it is read. */
export type Passes = Map<string, Pass>;

export function addColumn(
  passes: Passes,
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

/** Each pass as a query of (profile_id, its columns). */
export function passesSql(passes: Passes, query: Query): SQL[] {
  return lightTogether(rowsTogether([...passes.values()]), query).map((pass) => passSql(pass, query));
}

/** Where whole rows are read as far back anyway, what needs no properties is computed with them. */
function rowsTogether(passes: Pass[]): Pass[] {
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

/** Of so few columns, the people as such cost more than the events. */
const LIGHT = 2;

/**
 * Passes by an index alone become one, whose columns choose by the name: of everyone those with few columns over the
 * same time; of a few people all, whose events lie side by side whatever their names.
 */
function lightTogether(passes: Pass[], query: Query): NamedPass[] {
  const isLight = ({ event, needsProperties, columns }: Pass) =>
    event !== '*' && !needsProperties && (query.isOfFew || columns.size <= LIGHT);
  const named = passes.map((pass) => ({ ...pass, names: pass.event === '*' ? [] : [nameOf(pass, query)] }));
  const groups = Map.groupBy(named, (pass) => {
    if (!isLight(pass)) return pass;
    return query.isOfFew ? 'few' : pass.from;
  });
  return [...groups.values()].map((group) => {
    const [first, ...others] = group;
    return others.length === 0 ? first! : { ...first!, ...unitedOf(group, query) };
  });
}

function unitedOf(passes: NamedPass[], query: Query): Pick<NamedPass, 'names' | 'columns' | 'from'> {
  const starts = passes.map(({ from }) => from);
  const columns = passes.flatMap((pass) =>
    [...pass.columns].map(([key, column]) => {
      const conditions = [sql`e.name_id = ${nameOf(pass, query)}`, ...column.conditions];
      return [`${pass.event} ${key}`, { ...column, conditions }] as const;
    }),
  );
  return {
    names: passes.flatMap(({ names }) => names),
    columns: new Map(columns),
    from: starts.reduce((least, from) => (least === null || from === null ? null : Math.min(least, from))),
  };
}

function nameOf({ event }: Pass, query: Query): number {
  return query.nameId(event) ?? -1;
}

function passSql(pass: NamedPass, query: Query): SQL {
  const [first, ...others] = [...pass.columns.values()];
  const rows = pass.read.size ? readOnceSql(pass, query) : eventsSql(pass, query);
  // What a single column does not count need not be grouped.
  const lone = others.length === 0 ? first!.conditions.map((condition) => sql`and ${condition}`) : [];
  const columns = [first!, ...others].map(
    ({ value, conditions, column }) =>
      sql`${value}${lone.length ? sql`` : filterSql(conditions)} as ${column}`,
  );
  return sql`
    select e.profile_id, ${sql.join(columns, sql`, `)}
      ${rows} ${sql.join(lone, sql` `)}
     group by e.profile_id`;
}

function filterSql(conditions: SQL[]): SQL {
  return conditions.length ? sql` filter (where ${sql.join(conditions, sql` and `)})` : sql``;
}

function readOnceSql(pass: NamedPass, query: Query): SQL {
  return sql`
    from (select e.profile_id, e.occurred_at, e.value, e.properties, ${readingsSql(pass.read)}
          ${eventsSql(pass, query)} ${keptWhole(sql`e.workspace_id`)}) e where true`;
}

/** Reads the window's slice by index: everyone's by name and time, a few people's by person and name. */
function eventsSql(pass: NamedPass, query: Query): SQL {
  const [name, ...others] = pass.names;
  const anyOf = others.length ? sql`any(${sql.param(pass.names)}::integer[])` : sql`${name}`;
  const named = name === undefined ? sql`` : sql`and e.name_id = ${anyOf}`;
  const since = pass.from === null ? sql`` : sql`and e.occurred_at >= ${instantSql(pass.from)}`;
  return sql`
    from ${events} e
   where e.workspace_id = ${query.workspaceId} ${named} and e.occurred_at <= ${query.asOf.toISOString()}::timestamptz
     ${since} ${query.among(sql`e.profile_id`)}`;
}
