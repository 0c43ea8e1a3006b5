import { DateTime } from 'luxon';
import type { CutPoints } from '../../flow/score/rfm.sql.ts';
import { RFM_GROUPS } from '../../flow/score/rfm.ts';
import type { GroupBefore, RfmCell } from '../../reports/rfm-map.sql.ts';
import { formatMoney, formatNumber, formatPercent, plural } from './format.ts';

export type Tile = { figure: string; share: string; heat: number; summary: string; group: string };
export type RfmMap = {
  heads: string[];
  rows: { label: string; tiles: Tile[] }[];
};

const SCORES = [1, 2, 3, 4, 5];
export type Measure = 'people' | 'money';

/** Five by five: down how recently, across how often; what a tile holds is people or their money. */
export function rfmMap(
  cells: RfmCell[],
  cuts: CutPoints,
  how: { by: Measure; at: Date; currency: string },
): RfmMap {
  const figureOf = (cell: RfmCell) => (how.by === 'people' ? cell.people : Number(cell.revenue));
  const write = (value: number) =>
    how.by === 'people'
      ? formatNumber(value)
      : formatMoney(Math.round(value), how.currency).replace(/\.00$/, '');
  const all = cells.reduce((sum, cell) => sum + figureOf(cell), 0);
  const tileAt = (r: number, f: number) => {
    const here = cells.filter((cell) => cell.r === r && cell.f === f);
    const value = here.reduce((sum, cell) => sum + figureOf(cell), 0);
    const group = mainGroup(here);
    const share = all > 0 ? value / all : 0;
    return {
      figure: write(value),
      share: formatPercent(share),
      heat: heatOf(share),
      group,
      summary: `Recency ${r}, frequency ${f}: ${write(value)}, ${formatPercent(share)} of all${group && `, mostly ${group}`}`,
    };
  };
  const days = daysOf(cuts, how.at);
  return {
    heads: SCORES.map((score) => `${score}: ${ordersWords(cuts.f, score)}`),
    rows: SCORES.toReversed().map((r) => ({
      label: `${r}: ${days[r - 1]}`,
      tiles: SCORES.map((f) => tileAt(r, f)),
    })),
  };
}

/** The group that most people of a tile are in: money decides as well, so there may be several. */
function mainGroup(cells: RfmCell[]): string {
  const sizes = new Map<string, number>();
  for (const cell of cells) sizes.set(cell.group, (sizes.get(cell.group) ?? 0) + cell.people);
  const [key] = [...sizes].sort((a, b) => b[1] - a[1])[0] ?? [];
  return RFM_GROUPS.find((group) => group.key === key)?.name ?? '';
}

function heatOf(share: number): number {
  return share === 0 ? 0 : share < 0.02 ? 1 : share < 0.05 ? 2 : share < 0.1 ? 3 : 4;
}

/** Where each score begins, in days, orders and money. */
export function cutRows(cuts: CutPoints, how: { at: Date; currency: string }) {
  const days = daysOf(cuts, how.at);
  return SCORES.toReversed().map((score) => ({
    score: String(score),
    recency: days[score - 1]!,
    frequency: ordersWords(cuts.f, score),
    money: moneyWords(cuts.m, score, how.currency),
  }));
}

/**
 * A cut point is the lowest value of a score: of recency the earliest last order. Equal ones leave a score empty; two
 * moments of one day do not.
 */
function daysOf(cuts: CutPoints, at: Date): string[] {
  const ago = cuts.r.map((moment) =>
    moment === '' ? null : Math.ceil(DateTime.fromJSDate(at).diff(DateTime.fromISO(moment), 'days').days),
  );
  return SCORES.map((score) => {
    const from = score === 1 ? undefined : ago[score - 2];
    const next = ago[score - 1];
    if (score === 1) return next == null ? 'any day' : `over ${plural(next, 'day')} ago`;
    if (from == null || cuts.r[score - 2] === cuts.r[score - 1]) return 'nobody';
    return score === 5 ? `up to ${plural(from, 'day')} ago` : `up to ${plural(from, 'day')}`;
  });
}

function ordersWords(cuts: number[], score: number): string {
  const from = score === 1 ? 1 : (cuts[score - 2] ?? 0);
  const next = cuts[score - 1];
  if (score > 1 && from === 0) return 'nobody';
  if (next === undefined || next === 0) return `${from} or more`;
  if (next <= from) return 'nobody';
  return next - 1 === from ? String(from) : `${from} to ${next - 1}`;
}

function moneyWords(cuts: string[], score: number, currency: string): string {
  const from = cuts[score - 2];
  const next = cuts[score - 1];
  if (score === 1) return next ? `under ${formatMoney(next, currency)}` : 'any';
  if (!from || from === next) return 'nobody';
  return `from ${formatMoney(from, currency)}`;
}

/** The named groups: how many, how much, and where they were before. */
export function groupRows(cells: RfmCell[], before: GroupBefore[], currency: string) {
  const names = new Map(RFM_GROUPS.map((group) => [group.key, group.name]));
  const people = cells.reduce((sum, cell) => sum + cell.people, 0);
  const money = cells.reduce((sum, cell) => sum + Number(cell.revenue), 0);
  return RFM_GROUPS.map((group) => {
    const mine = cells.filter((cell) => cell.group === group.key);
    const size = mine.reduce((sum, cell) => sum + cell.people, 0);
    const revenue = mine.reduce((sum, cell) => sum + Number(cell.revenue), 0);
    return {
      href: `/segments/rfm-${group.key}`,
      name: group.name,
      rule: [rangeOf('R', group.r), rangeOf('F', group.f), rangeOf('M', group.m)].join(' '),
      people: formatNumber(size),
      share: people > 0 ? formatPercent(size / people) : '–',
      revenue: formatMoney(revenue, currency),
      revenueShare: money > 0 ? formatPercent(revenue / money) : '–',
      before: before
        .filter((one) => one.group === group.key)
        .slice(0, 3)
        .map((one) => `from ${names.get(one.before) ?? one.before} ${formatNumber(one.people)}`)
        .join(', '),
    };
  });
}

function rangeOf(letter: string, [from, to]: [number, number]): string {
  return from === to ? `${letter}${from}` : `${letter}${from}–${to}`;
}
