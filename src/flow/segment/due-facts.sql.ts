import { type SQL, sql } from 'drizzle-orm';
import { calendarOf, dayNumber, startOfDay } from '../../base/local-times.ts';
import { events } from '../../db/schema/identify.ts';
import { facts } from '../../db/schema/score.ts';
import { timestampText } from '../../db/times.ts';
import type { Knowledge } from './known.ts';
import { FACTS, type FactName } from './rules/fact-names.ts';
import type { Range } from './rules/kind.ts';

export type Scope = Knowledge & { workspaceId: string };

/** `told`: (profile_id) of whoever it may be true of, by what it is computed from, where it has no index of its own. */
type MomentFact = { column: SQL; told?: (scope: Scope, isIn: (at: SQL) => SQL) => SQL };

/**
 * Facts that are moments; no others move with time. The last of something moves with nearly every visit: an index of
 * it would be written each time, and with it those of all the other facts (a row that stays in its page needs none).
 * So those are looked for among the events they come from.
 */
const MOMENTS: Partial<Record<FactName, MomentFact>> = {
  first_order_at: { column: sql`f.first_order_at` },
  signed_up_at: { column: sql`f.signed_up_at` },
  first_seen_at: { column: sql`f.first_seen_at` },
  last_order_at: { column: sql`f.last_order_at`, told: byEventsCalled('order_placed') },
  last_opened_at: { column: sql`f.last_opened_at`, told: byEventsCalled('email_opened') },
  last_seen_at: {
    column: sql`f.last_seen_at`,
    told: (scope, isIn) => sql`
      ${byAnyEvent(scope, isIn)} union all
      select s.profile_id from ${facts} s where s.workspace_id = ${scope.workspaceId} and ${isIn(sql`s.first_seen_at`)}`,
  },
};

/** People of whom the fact lies in a range; null where it does not move with time. */
export function factsDue(scope: Scope, name: string, ranges: Range[]): SQL | null {
  const moment = momentOf(name);
  if (!moment) return null;
  const told = moment.told?.(scope, (at) => inRanges(at, ranges));
  return sql`
    select f.profile_id from ${facts} f where f.workspace_id = ${scope.workspaceId} and ${inRanges(moment.column, ranges)}
       ${told ? sql`and f.profile_id in (${told})` : sql``}`;
}

/** Years in which a fact's day is looked up by index, one by one; the few outside are read and compared. */
const YEARS = { from: 1970, to: 2100 };

/** People of whom the fact is of one of these days, month * 100 + day, of any year. Asked once a day. */
export function factDaysDue({ workspaceId, known }: Scope, name: string, days: number[]): SQL | null {
  const moment = momentOf(name);
  if (!moment) return null;
  const { column } = moment;
  const rows = sql`select f.profile_id from ${facts} f where f.workspace_id = ${workspaceId}`;
  const isDay = sql`rule_month_day(${column}, ${known.zone}) = any(${sql.param(days)}::int[])`;
  if (moment.told) return sql`${rows} and ${isDay}`;
  const ranges = dayRanges(days, known.zone);
  const list = (end: 'from' | 'to') =>
    sql`${sql.param(ranges.map((range) => timestampText(range[end])))}::timestamptz[]`;
  const outside = (year: number) => sql`${timestampText(Date.UTC(year, 0, 1))}::timestamptz`;
  return sql`
    select f.profile_id from unnest(${list('from')}, ${list('to')}) as r (since, until)
      join ${facts} f on f.workspace_id = ${workspaceId} and ${column} >= r.since and ${column} < r.until
     union all
    ${rows} and ${column} < ${outside(YEARS.from + 1)} and ${isDay}
     union all
    ${rows} and ${column} >= ${outside(YEARS.to)} and ${isDay}`;
}

export function inRanges(column: SQL, ranges: Range[]): SQL {
  const each = ranges.map(
    ({ from, to }) =>
      sql`${column} between ${timestampText(from)}::timestamptz and ${timestampText(to)}::timestamptz`,
  );
  return sql`(${sql.join(each, sql` or `)})`;
}

function momentOf(name: string): MomentFact | null {
  return name in FACTS ? (MOMENTS[name as FactName] ?? null) : null;
}

function byEventsCalled(event: string): NonNullable<MomentFact['told']> {
  return ({ workspaceId, nameIds }, isIn) => sql`
    select e.profile_id from ${events} e
     where e.workspace_id = ${workspaceId} and e.name_id = ${nameIds.get(event) ?? -1} and ${isIn(sql`e.occurred_at`)}`;
}

/** All names one by one, for the index that begins with them. */
function byAnyEvent({ workspaceId, nameIds }: Scope, isIn: (at: SQL) => SQL): SQL {
  return sql`
    select e.profile_id from ${events} e
     where e.workspace_id = ${workspaceId} and e.name_id = any(${sql.param([...nameIds.values()])}::int[])
       and ${isIn(sql`e.occurred_at`)}`;
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
