import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { dayIn, laterDay, planDays, sliceDays } from '../reading/days.ts';
import { LIMIT, type Report, runReport } from './client.ts';
import type { GoogleAnalyticsSettings } from './settings.ts';

type Ctx = Context<GoogleAnalyticsSettings>;

/** A day is worked on for one or two more. */
const MOVING_DAYS = 3;
/** A year and a month, for a year-on-year: what a property keeps at the least is more. */
const FIRST_DAYS = 395;
/** Rows an item: few rows in our tables, each far below the size of a record. */
const ROWS_PER_ITEM = 500;
const DIMENSIONS = ['sessionDefaultChannelGroup', 'sessionSource', 'sessionMedium'];
const METRICS = ['sessions', 'totalUsers'];

const sessionsCursor = z.object({ until: z.string() });

/**
 * Sessions and people by day, channel, source and medium. One day a request, since the vendor begins to sample
 * and to fold rows into "(other)" where a report grows large.
 */
export const sessionsStream: Stream<GoogleAnalyticsSettings> = {
  key: 'sessions',
  title: 'Sessions',
  cursor: sessionsCursor,
  pull: pullSessions,
};

/** The zone of the property and how many sessions a day had, for the connection test. */
export async function readProperty(ctx: Ctx, day: string): Promise<{ zone: string; sessions: number }> {
  const { metadata, rows } = await runReport(ctx, {
    day,
    dimensions: ['date'],
    metrics: ['sessions'],
    offset: 0,
  });
  return {
    zone: metadata.timeZone ?? 'UTC',
    sessions: rows.reduce((sum, row) => sum + Number(row.metricValues[0]?.value ?? 0), 0),
  };
}

async function* pullSessions(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const { zone } = await readProperty(ctx, dayIn(ctx.clock(), 'UTC'));
  const known = readCursor(given, sessionsCursor);
  const plan = planDays({
    readUntil: known?.until ?? null,
    window: ctx.window,
    zone,
    last: dayIn(ctx.clock(), zone),
    movingDays: MOVING_DAYS,
    firstDays: FIRST_DAYS,
  });
  for (const { since: day } of sliceDays(plan, 1)) {
    const cursor = ctx.window ? known : { until: laterDay(known?.until ?? day, day) };
    yield { items: await readDay(ctx, day), cursor };
  }
}

async function readDay(ctx: Ctx, day: string): Promise<Item[]> {
  const rows: Report['rows'] = [];
  let flags = flagsOf({});
  for (let offset = 0; ; offset += LIMIT) {
    const report = await runReport(ctx, { day, dimensions: DIMENSIONS, metrics: METRICS, offset });
    rows.push(...report.rows);
    flags = either(flags, flagsOf(report.metadata));
    if (report.rows.length < LIMIT || rows.length >= report.rowCount) break;
  }
  const pieces = Math.max(1, Math.ceil(rows.length / ROWS_PER_ITEM));
  return Array.from({ length: pieces }, (_, piece) => ({
    stream: 'sessions',
    externalId: `${day}:${piece}`,
    payload: {
      day,
      rows: rows.slice(piece * ROWS_PER_ITEM, (piece + 1) * ROWS_PER_ITEM).map(toRow),
      // Of the day as a whole, so once a day.
      ...(piece === 0 ? { flags } : {}),
    },
  }));
}

type Flags = { thresholded: boolean; sampled: boolean; otherRow: boolean };

/** Where Google holds back small figures, counts a sample only, or folds what is left over into "(other)". */
function flagsOf(metadata: Report['metadata']): Flags {
  return {
    thresholded: metadata.subjectToThresholding ?? false,
    sampled: (metadata.samplingMetadatas ?? []).length > 0,
    otherRow: metadata.dataLossFromOtherRow ?? false,
  };
}

function either(a: Flags, b: Flags): Flags {
  return {
    thresholded: a.thresholded || b.thresholded,
    sampled: a.sampled || b.sampled,
    otherRow: a.otherRow || b.otherRow,
  };
}

function toRow({ dimensionValues, metricValues }: Report['rows'][number]) {
  const [channel, source, medium] = dimensionValues.map(({ value }) => value);
  const [sessions, users] = metricValues.map(({ value }) => value);
  return { channel, source, medium, sessions, users };
}
