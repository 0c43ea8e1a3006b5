import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { isPositive, minus, sum, withoutSign } from '../../connectors/reading/decimals.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { openContext } from './connection.ts';
import type { Compared, Figure } from './reconciliations.sql.ts';
import { getConnector, type Source } from './sources.ts';

export type Window = { from: Date; to: Date };

/** What one side says of a figure, a day and a currency. `stream` is null where ours are not told apart by it. */
export type Told = { stream: string | null; figure: Figure; day: string; currency: string; value: string };

const DAY_MS = 86_400_000;
/** A state is asked some minutes after it was read; people come and go meanwhile. */
const STATE_TOLERANCE = 0.005;

const asked = z.object({ reconciliationDays: z.number().int().min(2).max(90).default(30) });

/** The days that are compared each night: whole UTC days, up to now. */
export function windowOf(workspace: Pick<Workspace, 'settings'>): Window {
  const { reconciliationDays } = asked.parse(workspace.settings);
  const today = Math.floor(now().getTime() / DAY_MS) * DAY_MS;
  return { from: new Date(today - (reconciliationDays - 1) * DAY_MS), to: now() };
}

/** One day; '' is a state, which is everything there ever was. */
export function windowOfDay(day: string): Window {
  if (day === '') return { from: new Date(0), to: now() };
  const from = new Date(`${day}T00:00:00Z`);
  return { from, to: new Date(Math.min(from.getTime() + DAY_MS, now().getTime())) };
}

/** What the vendor counts by itself. Throws ConnectorError when it does not answer. */
export async function askTotals(
  database: Database,
  workspace: Workspace,
  source: Source,
  window: Window,
): Promise<(Told & { stream: string })[]> {
  const { totals } = getConnector(source.connector);
  const said = totals ? await totals(openContext(database, workspace, source), window.from, window.to) : [];
  const lines = new Map<string, Told & { stream: string }>();
  for (const { stream, figure, day, currency = '', value } of said) {
    const line = { stream, figure, day: day ?? '', currency, value };
    const before = lines.get(lineOf(line));
    lines.set(lineOf(line), before ? { ...line, value: sum(before.value, value) } : line);
  }
  return [...lines.values()].filter(({ day }) => day === '' || isWithin(day, window));
}

/** A gap that neither side speaks of any more is closed: nought on both. */
export function withKnownGaps(
  theirs: (Told & { stream: string })[],
  gaps: Compared[],
  window: Window,
): (Told & { stream: string })[] {
  const told = new Set(theirs.map(lineOf));
  const silent = gaps.filter((gap) => isWithin(gap.day, window) && !told.has(lineOf(gap)));
  return [...theirs, ...silent.map((gap) => ({ ...gap, value: '0' }))];
}

/**
 * Both sides, line by line. A vendor that tells a figure at all leaves out the days on which there was nothing, and
 * so do we: what one side does not say is nought.
 */
export function compareTotals(theirs: (Told & { stream: string })[], held: Told[], at: Date): Compared[] {
  const ours = held.flatMap((one) => {
    const stream = streamOf(theirs, one);
    return stream === null ? [] : [{ ...one, stream }];
  });
  const said = new Map(theirs.map((one) => [lineOf(one), one.value]));
  const known = new Map(ours.map((one) => [lineOf(one), one.value]));
  const lines = new Map([...theirs, ...ours].map((one) => [lineOf(one), one]));
  return [...lines].map(([key, { stream, figure, day, currency }]) => {
    const line = { stream, figure, day, currency, theirs: said.get(key) ?? '0', ours: known.get(key) ?? '0' };
    return { ...line, state: judge(line, at) };
  });
}

/** What they have more than we; less than nothing where we hold more. */
export function gapOf(line: Pick<Compared, 'theirs' | 'ours'>): string {
  return minus(line.theirs, line.ours);
}

/** Equal to the cent, but for days that are not over and states that move while they are asked. */
function judge(line: Omit<Compared, 'state'>, at: Date): Compared['state'] {
  const gap = withoutSign(gapOf(line));
  if (!isPositive(gap)) return 'equal';
  const yesterday = new Date(at.getTime() - DAY_MS).toISOString().slice(0, 10);
  if (line.day !== '') return line.day >= yesterday ? 'moving' : 'drift';
  return Number(gap) <= Math.max(1, Number(line.theirs) * STATE_TOLERANCE) ? 'moving' : 'drift';
}

/** The stream the vendor tells this figure of; null when it does not tell it. */
function streamOf(theirs: (Told & { stream: string })[], one: Told): string | null {
  const same = theirs.find(
    ({ figure, day, stream }) =>
      figure === one.figure &&
      (day === '') === (one.day === '') &&
      (one.stream === null || stream === one.stream),
  );
  return same?.stream ?? null;
}

function isWithin(day: string, { from, to }: Window): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return at >= from.getTime() && at < to.getTime();
}

function lineOf({ stream, figure, day, currency }: Omit<Told, 'value'>): string {
  return [stream, figure, day, currency].join('\u0000');
}
