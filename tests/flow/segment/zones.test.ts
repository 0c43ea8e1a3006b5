import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { calendarOf, localDayOf, readInstant } from '../../../src/base/local-times.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { timestampText } from '../../../src/db/times.ts';
import { createTestDatabase } from '../../setup/database.ts';

/**
 * Not Africa/Casablanca: its clocks were changed by a law of 2026 that the zone data of Node have and those of
 * PostgreSQL 18.4 have not. For a zone on which both agree, both must read a date the same way.
 */
const ZONES = [
  ...['UTC', 'Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'America/New_York', 'America/St_Johns'],
  ...['America/Santiago', 'America/Sao_Paulo', 'America/Asuncion', 'Asia/Kolkata', 'Asia/Kathmandu'],
  ...['Asia/Tehran', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Pacific/Apia', 'Pacific/Kiritimati'],
  ...['Africa/Cairo', 'Antarctica/Troll', 'America/Scoresbysund'],
];

/** Every half hour of the days around each change of clocks, and the days that were changed by law. */
const CHANGES = [
  ...['2026-03-07', '2026-03-28', '2026-04-04', '2026-04-23', '2026-09-05', '2026-09-26', '2026-10-03'],
  // A day that never was in Apia; zones without summer time since; the last year of Tehran's.
  ...['2026-10-24', '2026-10-31', '2011-12-29', '2019-02-16', '2022-09-20', '2024-10-05', '2026-02-14'],
];
const LONE = [
  ...['0001-01-01', '0001-01-01T00:00', '9999-12-31', '9999-12-31T23:59:59.999', '1850-06-01T12:00'],
  ...['1900-01-01', '1918-03-31T02:30', '1969-12-31T23:59:59', '2028-02-29', '2026-02-29', '2037-07-01'],
  ...['2038-01-19T03:14:08', '2050-07-01T00:00', '2026-12-31T23:59:60', '2026-1-1', '2026-13-01'],
  ...['2026-06-30T24:00', '2026-06-30T12:00Z', '2026-06-30T12:00+05:45', '2026-06-30T12:00:00.123456-03:30'],
];

describe('a date without a zone', async () => {
  const { database } = await createTestDatabase();
  const texts = [...LONE, ...CHANGES.flatMap(aroundDay)];

  it.each(ZONES)('is the same instant in memory and in the database in %s', async (zone) => {
    const rows = await rowsOf<{ text: string; at: string | null }>(
      database.db,
      sql`select g.text, (extract(epoch from rule_instant(to_jsonb(g.text), ${zone})) * 1000)::text as at
            from unnest(${sql.param(texts)}::text[]) as g (text)`,
    );
    const bySql = new Map(rows.map(({ text, at }) => [text, at === null ? null : Math.round(Number(at))]));
    const differing = texts.filter((text) => bySql.get(text) !== readInstant(text, zone));
    const found = differing.slice(0, 5).map((text) => [text, bySql.get(text), readInstant(text, zone)]);
    expect(found).toEqual([]);
  });

  it.each(ZONES)(
    'falls on the same day of the calendar in memory and in the database in %s',
    async (zone) => {
      const instants = texts.flatMap((text) => readInstant(text, zone) ?? []);
      const rows = await rowsOf<{ at: string; day: number }>(
        database.db,
        sql`select g.text as at, rule_month_day(g.text::timestamptz, ${zone}) as day
            from unnest(${sql.param(instants.map(timestampText))}::text[]) as g (text)`,
      );
      const bySql = new Map(rows.map(({ at, day }) => [at, day]));
      const inMemory = (instant: number) => {
        const { month, dayOfMonth } = calendarOf(localDayOf(instant, zone));
        return month * 100 + dayOfMonth;
      };
      const differing = instants.filter((each) => bySql.get(timestampText(each)) !== inMemory(each));
      expect(differing.slice(0, 5).map((each) => [timestampText(each), inMemory(each)])).toEqual([]);
    },
  );
});

/** Half hours, and the quarters that some zones are off by, of three days. */
function aroundDay(day: string): string[] {
  const start = Date.parse(`${day}T00:00:00Z`);
  return Array.from({ length: 3 * 96 }, (_, quarter) =>
    new Date(start + quarter * 900_000).toISOString().slice(0, 16),
  );
}
