import type { Connector } from '../../connectors/contract.ts';
import type { DailyRows, SourceStream, SyncRun } from '../../flow/collect/source-overview.sql.ts';
import type { Source } from '../../flow/collect/sources.ts';
import { NIGHTLY_SYNC } from '../../tasks/schedule.ts';
import { findNextDaily } from '../../tasks/slots.ts';
import { type Spark, sparkline } from './charts.ts';
import { formatAgo, formatDateTime, formatNumber, isoOf, plural } from './format.ts';
import { describeWatermark } from './watermark.ts';

export type StatusModel = {
  kind: 'good' | 'running' | 'waiting' | 'warning' | 'bad' | 'off';
  text: string;
};
export type SourceRow = {
  href: string;
  name: string;
  connector: string;
  status: StatusModel;
  /** What a person should read before anything else; null when there is nothing to say. */
  message: string | null;
  lastRun: string;
  lastRunIso: string;
  figures: Figures | null;
  watermark: string;
  nextRun: string;
  spark: Spark | null;
};
export type Figures = { read: string; new: string; changed: string; unchanged: string; quarantined: string };

/** What is known of one source, as the pages need it. */
export type SourceFacts = {
  source: Source;
  connector: Connector | null;
  streams: SourceStream[];
  lastRun: SyncRun | null;
  days: DailyRows[];
  /** Figures by day that differ from what the vendor counts. */
  drifts: number;
};

export const SPARK_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

export function sourceRow(facts: SourceFacts, timezone: string, at: Date): SourceRow {
  const { source, connector, lastRun } = facts;
  const values = fillDays(facts.days, timezone, at);
  return {
    href: `/sources/${source.id}`,
    name: source.name,
    connector: connector?.name ?? source.connector,
    status: statusOf(facts, at),
    message: source.status === 'needs_attention' ? source.statusMessage : troubleOf(lastRun),
    lastRun: formatAgo(lastRun?.startedAt ?? null, at),
    lastRunIso: isoOf(lastRun?.startedAt ?? null),
    figures: lastRun ? figuresOf(lastRun) : null,
    watermark: describeWatermark(facts.streams, timezone),
    nextRun: `${isFetched(facts) && source.status === 'active' ? 'next ' : ''}${nextRunOf(facts, timezone, at)}`,
    spark: values.some((value) => value > 0) ? sparkline(values, formatNumber) : null,
  };
}

/** Trouble first, then what is fetched by name, then what waits for data. */
export function sortForReading(facts: SourceFacts[], at: Date): SourceFacts[] {
  const rank = (one: SourceFacts) => (statusOf(one, at).kind === 'bad' ? 0 : isFetched(one) ? 1 : 2);
  return [...facts].sort((a, b) => rank(a) - rank(b) || a.source.name.localeCompare(b.source.name));
}

/** The state of a source in words; what is worst comes first. */
export function statusOf(facts: SourceFacts, at: Date): StatusModel {
  const { source, lastRun } = facts;
  if (source.status === 'needs_attention') return { kind: 'bad', text: 'Needs attention' };
  if (lastRun?.status === 'running') return { kind: 'running', text: 'Syncing' };
  if (source.status === 'paused') return { kind: 'off', text: 'Paused' };
  if (!isFetched(facts)) return { kind: 'waiting', text: 'Ready to receive' };
  if (!lastRun) return { kind: 'waiting', text: 'Not synced yet' };
  if (lastRun.status === 'failed') return { kind: 'bad', text: 'Last sync failed' };
  if (lastRun.status === 'partial') return { kind: 'warning', text: 'Partly synced' };
  if (facts.drifts > 0) return { kind: 'warning', text: 'Differs from the vendor' };
  return isStale(facts, at) ? { kind: 'warning', text: 'Stale' } : { kind: 'good', text: 'Up to date' };
}

/** Whether we ask the vendor, or wait for what comes. */
export function isFetched(facts: Pick<SourceFacts, 'connector'>): boolean {
  return (facts.connector?.streams.length ?? 0) > 0;
}

export function figuresOf(run: SyncRun): Figures {
  return {
    read: formatNumber(run.read),
    new: formatNumber(run.new),
    changed: formatNumber(run.changed),
    unchanged: formatNumber(run.unchanged),
    quarantined: formatNumber(run.quarantined),
  };
}

/** When it is fetched next, in words. */
export function nextRunOf(facts: SourceFacts, timezone: string, at: Date): string {
  const { source } = facts;
  if (!isFetched(facts)) return 'comes by itself';
  if (source.status !== 'active') return 'not planned';
  const planned = facts.streams.map((stream) => stream.nextRunAt).filter((next) => next !== null);
  const next = planned.length > 0 ? earliest(planned) : nextByRhythm(facts, timezone, at);
  return next <= at ? 'within a minute' : formatDateTime(next, timezone);
}

/** Rhythms a person can choose from; '' is each night. */
export const RHYTHMS = [
  { value: '', label: 'Each night' },
  { value: '360', label: 'Every 6 hours' },
  { value: '60', label: 'Every hour' },
  { value: '15', label: 'Every 15 minutes' },
  { value: '5', label: 'Every 5 minutes' },
];

export function describeRhythm(everyMinutes: number | null): string {
  const value = everyMinutes === null ? '' : String(everyMinutes);
  return (
    RHYTHMS.find((rhythm) => rhythm.value === value)?.label ?? `Every ${plural(Number(value), 'minute')}`
  );
}

function troubleOf(run: SyncRun | null): string | null {
  return run && (run.status === 'failed' || run.status === 'partial') ? run.message : null;
}

/** A source is stale when its last success is older than twice its rhythm. */
function isStale(facts: SourceFacts, at: Date): boolean {
  const rhythmMs = facts.source.everyMinutes === null ? DAY_MS : facts.source.everyMinutes * 60_000;
  const enabled = facts.streams.filter((stream) => stream.isEnabled);
  return enabled.some(
    (stream) => stream.lastSuccessAt !== null && at.getTime() - stream.lastSuccessAt.getTime() > 2 * rhythmMs,
  );
}

function nextByRhythm(facts: SourceFacts, timezone: string, at: Date): Date {
  const { everyMinutes } = facts.source;
  if (everyMinutes === null) return findNextDaily(timezone, NIGHTLY_SYNC, at);
  const last = facts.streams.map((stream) => stream.lastRunAt).filter((run) => run !== null);
  return last.length > 0 ? new Date(earliest(last).getTime() + everyMinutes * 60_000) : at;
}

function earliest(instants: Date[]): Date {
  return new Date(Math.min(...instants.map((instant) => instant.getTime())));
}

/** One figure a local day, nought where nothing ran. */
function fillDays(days: DailyRows[], timezone: string, at: Date): number[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone });
  const byDay = new Map(days.map(({ day, rows }) => [day, rows]));
  return Array.from({ length: SPARK_DAYS }, (_one, index) => {
    const day = format.format(new Date(at.getTime() - (SPARK_DAYS - 1 - index) * DAY_MS));
    return byDay.get(day) ?? 0;
  });
}
