import type { Cost, Costs } from '../../reports/refresh-costs.sql.ts';
import { formatNumber, plural } from './format.ts';

const MODES: Record<string, string> = { full: 'Everyone', incremental: 'What changed', parked: 'Parked' };

/** The fold under a refresh: its costliest segments; null where nothing was computed. */
export function costsModel(costs: Costs | undefined) {
  if (!costs) return null;
  const parked = costs.rows.filter((one) => one.mode === 'parked').length;
  const aside = parked > 0 ? `, ${formatNumber(parked)} parked` : '';
  return {
    words: `${plural(costs.all, 'segment')}${aside}`,
    rows: costs.rows
      .filter(isTold)
      .map((one) => ({ href: hrefOf(one), name: one.name, words: wordsOf(one) })),
    more: costs.all > costs.rows.length ? `All ${formatNumber(costs.all)}` : null,
  };
}

/** The page of a refresh: what was computed, the costliest first; and what had nobody to look at. */
export function costRows(costs: Costs | undefined) {
  const all = costs?.rows ?? [];
  return {
    rows: all.filter(isTold).map(costRow),
    idle: all.filter((one) => !isTold(one)).map((one) => ({ href: hrefOf(one), name: one.name })),
  };
}

function costRow(cost: Cost) {
  return {
    href: hrefOf(cost),
    name: cost.name,
    mode: MODES[cost.mode] ?? cost.mode,
    reason: cost.reason,
    people: formatNumber(cost.people),
    ms: formatMs(cost.ms),
    entered: formatNumber(cost.entered),
    left: formatNumber(cost.left),
  };
}

/** Not those with nobody to look at. */
function isTold({ mode, people }: Cost): boolean {
  return mode === 'parked' || people > 0;
}

function wordsOf(cost: Cost): string {
  if (cost.mode === 'parked') return `parked: ${cost.reason ?? 'it could not be computed'}`;
  return `${formatMs(cost.ms)}, ${plural(cost.people, 'person', 'people')}`;
}

function formatMs(ms: number): string {
  return `${formatNumber(ms)} ms`;
}

function hrefOf({ key }: Cost): string {
  return `/segments/${encodeURIComponent(key)}`;
}
