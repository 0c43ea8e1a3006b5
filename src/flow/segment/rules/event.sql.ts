import { type SQL, sql } from 'drizzle-orm';
import { boundsSql, compareSql, countedSql, measureSql } from './compare.sql.ts';
import { operandsOf } from './compare.ts';
import { comparisonOf, type Measure } from './comparison.ts';
import type { EventConditions, EventLeaf, Measured } from './event.ts';
import { firstOrLastSql } from './events.sql.ts';
import { canonicalEvent } from './events.ts';
import type { EventPass, Query } from './kind.ts';
import { type Properties, propertiesOf } from './property.sql.ts';
import type { JsonSql } from './value.sql.ts';
import { printMillionths } from './values.ts';
import { type Bounds, boundsOf } from './windows.ts';

type Reading = 'sum' | 'min' | 'max' | 'numbers';

/** Do the `where` conditions hold for the event `e` of a query? */
export function whereSql(
  asked: EventConditions,
  query: Query,
  properties: Properties = propertiesOf(sql`e.properties`),
): SQL[] {
  return (asked.where ?? []).map((each) => {
    const value = each.property === 'value' ? { number: sql`e.value` } : properties(each.property);
    return compareSql(comparisonOf(each), value, query);
  });
}

/** Does the first or last event meet the conditions? */
export function endSql(leaf: EventLeaf, query: Query): SQL {
  const end = leaf.first ? 'first' : 'last';
  const found = query.join(firstOrLastSql(query, leaf.event, end, conditionsSql(leaf, query)));
  return sql`(${found}.profile_id is not null)`;
}

export function aggregatedSql(leaf: EventLeaf, { kind, asked }: Measured, query: Query): SQL {
  const number = (how: Reading) => aggregateSql(leaf, how, asked.property, query);
  if (kind === 'sum') return measureSql(asked, sql`coalesce(${number('sum')}, 0)`);
  if (kind === 'avg') return measureSql(asked, number('sum'), number('numbers'));
  return measureSql(asked, number(kind));
}

/** So often as asked. */
export function happenedSql(leaf: EventLeaf, count: Measure, query: Query): SQL {
  const since = openBounds(leaf, query);
  const whether = WHETHER[`${count.op} ${printMillionths(operandsOf(count)[0])}`];
  if (!since || whether === undefined) return countedSql(count, countSql(leaf, query));
  const happened = newestSql(leaf, since, query);
  return whether ? happened : sql`(not ${happened})`;
}

/** Counts that only ask whether there is such an event, or that there is none. */
const WHETHER: Record<string, boolean> = {
  'gte 1': true,
  'gt 0': true,
  'ne 0': true,
  'eq 0': false,
  'lt 1': false,
  'lte 0': false,
};

/** However many windows ask whether something happened lately: the newest such event answers them all. */
function newestSql(leaf: EventLeaf, since: Bounds, query: Query): SQL {
  const newest = query.aggregate(
    passOf(leaf, query),
    JSON.stringify(['newest', leaf.where]),
    (properties) => ({
      value: sql`max(e.occurred_at)`,
      conditions: whereSql(leaf, query, properties),
    }),
  );
  return sql`coalesce(${boundsSql(newest, since)}, false)`;
}

function countSql(leaf: EventLeaf, query: Query): SQL {
  const key = JSON.stringify(['count', leaf.where, leaf.within]);
  const counted = query.aggregate(passOf(leaf, query), key, (properties) => ({
    value: sql`count(*)`,
    conditions: conditionsSql(leaf, query, properties),
  }));
  return sql`coalesce(${counted}, 0)`;
}

function aggregateSql(leaf: EventLeaf, how: Reading, property: string, query: Query): SQL {
  const pass = passOf(leaf, query);
  return query.aggregate(
    { ...pass, needsProperties: pass.needsProperties || property !== 'value' },
    JSON.stringify([how, property, leaf.where, leaf.within]),
    (properties) => ({
      value: overAll(how, property === 'value' ? moneySql(how) : eachSql(how, properties(property))),
      conditions: conditionsSql(leaf, query, properties),
    }),
  );
}

function overAll(how: Reading, each: SQL): SQL {
  return sql`${{ sum: sql`sum`, numbers: sql`sum`, min: sql`min`, max: sql`max` }[how]}(${each})`;
}

function moneySql(how: Reading): SQL {
  return how === 'numbers' ? sql`(e.value is not null)::integer` : sql`round(e.value, 6)`;
}

/** Lists go through a function; single values, nearly all, through one that the planner inlines. */
function eachSql(how: Reading, { json, asNumber }: JsonSql): SQL {
  const functions = {
    sum: sql`rule_sum`,
    numbers: sql`rule_numbers`,
    min: sql`rule_min`,
    max: sql`rule_max`,
  };
  return sql`(case when ${json} @> '[]' then ${functions[how]}(${json})
                   else ${how === 'numbers' ? sql`(${asNumber} is not null)::integer` : asNumber} end)`;
}

function passOf(leaf: EventLeaf, query: Query): EventPass {
  const from = leaf.within ? boundsOf(leaf.within, query).from : null;
  const columns = (leaf.where ?? []).map((each) => each.property);
  return {
    event: canonicalEvent(leaf.event),
    from,
    needsProperties: columns.some((each) => each !== 'value'),
  };
}

function conditionsSql(leaf: EventLeaf, query: Query, properties?: Properties): SQL[] {
  const within = leaf.within
    ? [boundsSql(sql`e.occurred_at`, openBounds(leaf, query) ?? boundsOf(leaf.within, query))]
    : [];
  return [...within, ...whereSql(leaf, query, properties)];
}

/** The bounds without their end, where that lies ahead: no later events are read anyway. Null where it does not. */
function openBounds({ within }: EventLeaf, query: Query): Bounds | null {
  const bounds = within ? boundsOf(within, query) : { from: null, to: null, fromIncluded: true };
  const asOf = query.asOf.getTime();
  const isOpen = bounds.to === null || (bounds.fromIncluded ? bounds.to > asOf : bounds.to >= asOf);
  return isOpen ? { ...bounds, to: null } : null;
}
