import type { Connector } from '../../connectors/contract.ts';
import type { DailyRows, SourceStream, SyncRun } from '../../flow/collect/source-overview.sql.ts';
import type { Source } from '../../flow/collect/sources.ts';
import { NIGHTLY_SYNC } from '../../tasks/schedule.ts';
import { findNextDaily } from '../../tasks/slots.ts';
import { initialsOf } from './catalogue.ts';
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
  initials: string;
  category: string;
  lastRun: string;
  lastRunIso: string;
  figures: Figures | null;
  /** Up to when everything is here, and how often it is to be. */
  fresh: { text: string; iso: string; rhythm: string };
  watermark: string;
  nextRun: string;
  /** What waits in its quarantine; null where nothing does. */
  setAside: string | null;
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
  setAside: number;
  /** Figures by day that differ from what the vendor counts. */
  drifts: number;
};

export const SPARK_DAYS = 14;
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
    initials: initialsOf(connector?.name ?? source.connector),
    category: connector?.category ?? 'web',
    lastRun: formatAgo(lastRun?.startedAt ?? null, at),
    lastRunIso: isoOf(lastRun?.startedAt ?? null),
    figures: lastRun ? figuresOf(lastRun) : null,
    fresh: freshnessOf(facts, at),
    setAside: facts.setAside > 0 ? formatNumber(facts.setAside) : null,
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
  if (!isFetched(facts)) return hearingOf(source, at);
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

/** What comes by itself is well as long as something does. */
function hearingOf({ lastHeardAt }: Source, at: Date): StatusModel {
  if (!lastHeardAt) return { kind: 'waiting', text: 'Ready to receive' };
  const isQuiet = at.getTime() - lastHeardAt.getTime() > SPARK_DAYS * DAY_MS;
  return isQuiet ? { kind: 'waiting', text: 'Quiet' } : { kind: 'good', text: 'Receiving' };
}

/** Read to its end when, beside how often it is to be; of what comes by itself, when it was last heard of. */
function freshnessOf(facts: SourceFacts, at: Date): SourceRow['fresh'] {
  const { source, connector } = facts;
  const heard = source.lastHeardAt ? `last heard ${formatAgo(source.lastHeardAt, at)}` : 'nothing heard yet';
  if (!isFetched(facts))
    return { text: capitalised(heard), iso: isoOf(source.lastHeardAt), rhythm: 'Comes by itself' };
  const ends = facts.streams.filter((stream) => stream.isEnabled).map((stream) => stream.lastSuccessAt);
  const all = ends.filter((end) => end !== null);
  const end = all.length > 0 && all.length === ends.length ? earliest(all) : null;
  const hook = connector?.hooks && source.lastHeardAt ? `, ${heard}` : '';
  return {
    text: end ? `Complete ${formatAgo(end, at)}` : 'Not complete yet',
    iso: isoOf(end),
    rhythm: `${describeRhythm(source.everyMinutes)}${hook}`,
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
