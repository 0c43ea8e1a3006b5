import type { InsightLine } from '../../flow/segment/insights.ts';
import { formatAgo, formatPercent } from './format.ts';
import { jaccardOf, TWIN } from './segment-figures.ts';

/** What is known of a segment where its health is judged. */
export type HealthRow = {
  key: string;
  name: string;
  kind: string;
  status: string;
  statusReason: string | null;
  size: number | null;
  asOf: Date | null;
  createdAt: Date;
};
export type Ailment = { words: string; href: string | null };

/** A night and two hours: every segment is looked at each night. */
const STALE_MS = 26 * 3_600_000;
/** Somebody who makes a segment may need a while to use it. */
const UNUSED_MS = 30 * 86_400_000;
/** Of so few who came nothing can be said. */
const ENOUGH_ENTERED = 30;
const RESTLESS = 0.5;

type Known = { at: Date; names: Map<string, string>; line: InsightLine | undefined; isUsed: boolean };

/** In words what is wrong with a segment; empty where nothing is. */
export function ailmentsOf(row: HealthRow, known: Known): Ailment[] {
  const words = [problemOf(row), ageOf(row, known.at), churnOf(known.line), unusedOf(row, known)];
  return [...words.flatMap((one) => (one === null ? [] : [{ words: one, href: null }])), ...twinsOf(known)];
}

/** In words why a size cannot be trusted now; null when it can. */
export function problemOf(row: Pick<HealthRow, 'status' | 'statusReason'>): string | null {
  if (row.status === 'parked')
    return `Parked: ${row.statusReason ?? 'it could not be computed'}. The last result stands.`;
  if (row.status === 'stale') return `Out of date: ${row.statusReason ?? 'the last refresh failed'}.`;
  return null;
}

/** What is stored may be the result of another rule than the one that is shown: told wherever either stands. */
export function formerRuleOf(row: {
  status: string;
  size: number | null;
  version: number;
  computedVersion: number | null;
}): string | null {
  if (row.size === null || row.computedVersion === row.version) return null;
  const next = row.status === 'pending' ? '; the new rule is counted within a minute' : '';
  return `Counted by the rule of before${next}.`;
}

export function ageOf({ status, asOf }: Pick<HealthRow, 'status' | 'asOf'>, at: Date): string | null {
  const isOld = status === 'ready' && asOf !== null && at.getTime() - asOf.getTime() > STALE_MS;
  return isOld ? `Stale: last counted ${formatAgo(asOf, at)}.` : null;
}

function churnOf(line: InsightLine | undefined): string | null {
  if (!line || line.churn.entered < ENOUGH_ENTERED) return null;
  const share = line.churn.leftSoon / line.churn.entered;
  return share < RESTLESS
    ? null
    : `Restless: ${formatPercent(share)} of those who entered left within 30 days.`;
}

function unusedOf(row: HealthRow, { at, isUsed }: Known): string | null {
  if (row.kind !== 'custom' || isUsed || at.getTime() - row.createdAt.getTime() < UNUSED_MS) return null;
  return `Unused: made ${formatAgo(row.createdAt, at)}, and no message, destination, segment or pin relies on it.`;
}

/** Groups of one map never overlap; a twin among the automatic ones is worth a word to whoever made the other. */
function twinsOf({ line, names }: Known): Ailment[] {
  if (!line || line.members === 0) return [];
  return line.overlaps.flatMap((one) => {
    const name = names.get(one.key);
    const alike = jaccardOf(one, line.members);
    if (name === undefined || alike < TWIN) return [];
    return [
      {
        words: `Nearly the same people as “${name}” (alike ${alike.toFixed(2)}).`,
        href: `/segments/${encodeURIComponent(one.key)}`,
      },
    ];
  });
}
