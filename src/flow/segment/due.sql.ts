import { type SQL, sql } from 'drizzle-orm';
import { calendarOf, dayNumber, startOfDay } from '../../base/local-times.ts';
import { byIndex } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { events } from '../../db/schema/identify.ts';
import { consents, datedValues } from '../../db/schema/profile.ts';
import { facts } from '../../db/schema/score.ts';
import { memberships } from '../../db/schema/segment.ts';
import { timestampText } from '../../db/times.ts';
import type { Knowledge } from './known.ts';
import { canonicalEvent } from './rules/events.ts';
import { FACTS, type FactName } from './rules/fact-names.ts';
import type { Edge, Range } from './rules/kind.ts';

type Scope = Knowledge & { workspaceId: string };

/** So many branches a statement: the planner looks at each. */
const MOST_AT_ONCE = 40;

/**
 * People whom the passing of time alone may move, of each set of edges apart. Each edge is a range of an index; the
 * ids of a set come as one text, which is far smaller than a row each.
 */
export async function findDuePeople(db: Db, scope: Scope, sets: Edge[][]): Promise<string[][]> {
  const found: string[][] = sets.map(() => []);
  const asked = sets.flatMap((edges, place) => {
    const parts = edges.map((edge) => dueSql(scope, edge)).filter((part) => part !== null);
    return parts.length ? [{ place, people: sql.join(parts, sql` union all `) }] : [];
  });
  for (let from = 0; from < asked.length; from += MOST_AT_ONCE) {
    const branches = asked.slice(from, from + MOST_AT_ONCE).map(({ place, people }) => {
      return sql`select ${place}::int as place, string_agg(d.profile_id::text, ',') as ids from (${people}) d`;
    });
    const rows = await byIndex(
      db,
      async (tx) =>
        await rowsOf<{ place: number; ids: string | null }>(tx, sql.join(branches, sql` union all `)),
    );
    for (const { place, ids } of rows) if (ids) found[place] = [...new Set(ids.split(','))];
  }
  return found;
}

/** Is there anybody at all? Stops at the first edge that finds one. */
export async function isAnyoneBetween(db: Db, scope: Scope, edges: Edge[]): Promise<boolean> {
  const distinct = [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()];
  const parts = distinct.map((edge) => dueSql(scope, edge)).filter((part) => part !== null);
  if (parts.length === 0) return false;
  const found = parts.map((part) => sql`exists (${part})`);
  const [row] = await rowsOf<{ is: boolean }>(db, sql`select (${sql.join(found, sql` or `)}) as is`);
  return row?.is ?? false;
}

function dueSql(scope: Scope, edge: Edge): SQL | null {
  if (edge.type === 'events') return eventsDue(scope, edge.event, edge.ranges);
  if (edge.type === 'memberships') return membershipsDue(scope, edge);
  if (edge.type === 'consents') {
    const rows = sql`select c.profile_id from ${consents} c where c.workspace_id = ${scope.workspaceId}`;
    return sql`${rows} and ${inRanges(sql`c.decided_at`, edge.ranges)} union all ${rows} and ${inRanges(sql`c.received_at`, edge.ranges)}`;
  }
  if (edge.type === 'anniversary') return anniversariesDue(scope, edge);
  if (edge.type === 'fact') return factsDue(scope, edge.name, edge.ranges);
  return sql`select d.profile_id from ${datedValues} d where d.workspace_id = ${scope.workspaceId}
               and d.name = ${`trait:${edge.name}`} and ${inRanges(sql`d.at`, edge.ranges)}`;
}

function eventsDue({ workspaceId, nameIds }: Scope, event: string, ranges: Range[]): SQL | null {
  const id = event === '*' ? null : nameIds.get(canonicalEvent(event));
  if (id === undefined) return null;
  const names =
    id === null ? sql`e.name_id = any(${sql.param([...nameIds.values()])}::int[])` : sql`e.name_id = ${id}`;
  return sql`select e.profile_id from ${events} e where e.workspace_id = ${workspaceId} and ${names} and ${inRanges(sql`e.occurred_at`, ranges)}`;
}

/** Whoever entered since a moment has not left before it: that names both partial indexes. */
function membershipsDue({ workspaceId }: Scope, edge: Extract<Edge, { type: 'memberships' }>): SQL {
  const rows = sql`select m.profile_id from ${memberships} m where m.workspace_id = ${workspaceId} and m.segment_key = ${edge.segment}`;
  if (edge.end === 'left') return sql`${rows} and ${inRanges(sql`m.left_at`, edge.ranges)}`;
  const first = iso(Math.min(...edge.ranges.map(({ from }) => from)));
  return sql`${rows} and m.left_at is null and ${inRanges(sql`m.entered_at`, edge.ranges)} union all
             ${rows} and m.left_at >= ${first}::timestamptz and ${inRanges(sql`m.entered_at`, edge.ranges)}`;
}

/** A fact that is a moment; other facts do not move with time. */
function factsDue({ workspaceId }: Scope, name: string, ranges: Range[]): SQL | null {
  const column = momentColumn(name);
  return column
    ? sql`select f.profile_id from ${facts} f where f.workspace_id = ${workspaceId} and ${inRanges(column, ranges)}`
    : null;
}

function anniversariesDue(
  { workspaceId, known }: Scope,
  edge: Extract<Edge, { type: 'anniversary' }>,
): SQL | null {
  const days = sql`${sql.param(edge.days)}::int[]`;
  if (edge.of === 'trait') {
    return sql`select d.profile_id from ${datedValues} d where d.workspace_id = ${workspaceId}
                 and d.name = ${`trait:${edge.name}`} and d.month * 100 + d.day = any(${days})`;
  }
  const column = momentColumn(edge.name);
  return column && factDaysDue(workspaceId, column, edge.days, known.zone);
}

/** Years in which a fact's day is looked up by index, one by one; the few outside are read and compared. */
const YEARS = { from: 1970, to: 2100 };

function factDaysDue(workspaceId: string, column: SQL, days: number[], zone: string): SQL {
  const ranges = dayRanges(days, zone);
  const list = (end: 'from' | 'to') =>
    sql`${sql.param(ranges.map((range) => iso(range[end])))}::timestamptz[]`;
  const outside = (year: number) => sql`${iso(Date.UTC(year, 0, 1))}::timestamptz`;
  const isDay = sql`rule_month_day(${column}, ${zone}) = any(${sql.param(days)}::int[])`;
  return sql`
    select f.profile_id from unnest(${list('from')}, ${list('to')}) as r (since, until)
      join ${facts} f on f.workspace_id = ${workspaceId} and ${column} >= r.since and ${column} < r.until
     union all
    select f.profile_id from ${facts} f where f.workspace_id = ${workspaceId} and ${column} < ${outside(YEARS.from + 1)} and ${isDay}
     union all
    select f.profile_id from ${facts} f where f.workspace_id = ${workspaceId} and ${column} >= ${outside(YEARS.to)} and ${isDay}`;
}

/** `days` are month * 100 + day; 29 February is a day of its own, in its years only. */
function dayRanges(days: number[], zone: string): Range[] {
  const years = Array.from({ length: YEARS.to - YEARS.from + 1 }, (_, index) => YEARS.from + index);
  return years.flatMap((year) =>
    days.flatMap((day) => {
      const number = dayNumber(year, Math.floor(day / 100), day % 100);
      if (calendarOf(number).dayOfMonth !== day % 100) return [];
      return [{ from: startOfDay(number, zone), to: startOfDay(number + 1, zone) }];
    }),
  );
}

const MOMENTS: Partial<Record<FactName, SQL>> = {
  first_order_at: sql`f.first_order_at`,
  last_order_at: sql`f.last_order_at`,
  last_opened_at: sql`f.last_opened_at`,
  signed_up_at: sql`f.signed_up_at`,
  first_seen_at: sql`f.first_seen_at`,
  last_seen_at: sql`f.last_seen_at`,
};

function momentColumn(name: string): SQL | null {
  return name in FACTS ? (MOMENTS[name as FactName] ?? null) : null;
}

function inRanges(column: SQL, ranges: Range[]): SQL {
  const each = ranges.map(
    ({ from, to }) => sql`${column} between ${iso(from)}::timestamptz and ${iso(to)}::timestamptz`,
  );
  return sql`(${sql.join(each, sql` or `)})`;
}

function iso(at: number): string {
  return timestampText(at);
}
