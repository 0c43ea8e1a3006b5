import type { Figures, Insights } from '../../flow/segment/insights.ts';
import { formatMoney, formatNumber, formatPercent } from './format.ts';

export type FigureRow = { label: string; help: string; mine: string; everyones: string; more: string };

/** Money, orders and letters of the segment beside everyone's. Shares of nobody are not shown as zero. */
export function figureRows({ inside, everyone }: Insights, currency: string): FigureRow[] {
  return ROWS.map(({ label, help, of, show }) => {
    const mine = of(inside);
    const everyones = of(everyone);
    const write = (value: number | null) => (value === null ? '–' : show(value, currency));
    return { label, help, mine: write(mine), everyones: write(everyones), more: timesOf(mine, everyones) };
  });
}

type Row = {
  label: string;
  help: string;
  of: (figures: Figures) => number | null;
  show: (value: number, currency: string) => string;
};

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
const ROWS: Row[] = [
  {
    label: 'Net revenue a person',
    help: 'all members, buyers or not',
    of: (f) => share(Number(f.revenue), f.people),
    show: formatMoney,
  },
  {
    label: 'Average order',
    help: 'net revenue / orders',
    of: (f) => share(Number(f.revenue), f.orders),
    show: formatMoney,
  },
  {
    label: 'Orders a buyer',
    help: 'orders / buyers',
    of: (f) => share(f.orders, f.buyers),
    show: (v) => formatNumber(Math.round(v * 100) / 100),
  },
  { label: 'Buyers', help: 'of all people', of: (f) => share(f.buyers, f.people), show: formatPercent },
  {
    label: 'Repeat rate',
    help: 'buyers with 2 or more orders / buyers',
    of: (f) => share(f.repeaters, f.buyers),
    show: formatPercent,
  },
  { label: 'Gets letters', help: 'of all people', of: (f) => share(f.mailed, f.people), show: formatPercent },
  {
    label: 'Opened a letter',
    help: 'of those who got one',
    of: (f) => share(f.openers, f.mailed),
    show: formatPercent,
  },
  {
    label: 'Clicked in a letter',
    help: 'of those who got one',
    of: (f) => share(f.clickers, f.mailed),
    show: formatPercent,
  },
];

function timesOf(mine: number | null, everyones: number | null): string {
  if (mine === null || everyones === null || everyones === 0) return '–';
  const ratio = mine / everyones;
  return ratio >= 10 ? `${Math.round(ratio)}×` : `${ratio.toFixed(1)}×`;
}

export type OverlapRow = {
  href: string;
  name: string;
  both: string;
  share: string;
  otherShare: string;
  jaccard: string;
  isTwin: boolean;
};

/** From here on two segments are nearly the same people. */
export const TWIN = 0.9;

export function jaccardOf(one: { both: number; size: number }, size: number): number {
  const either = one.size + size - one.both;
  return either === 0 ? 0 : one.both / either;
}

/** In which other segments the members are, those most alike first. */
export function overlapRows(insights: Insights, key: string, names: Map<string, string>): OverlapRow[] {
  const { members } = insights.sample;
  return insights.overlaps
    .flatMap((one) => {
      const name = names.get(one.key);
      return name === undefined ? [] : [{ ...one, name, jaccard: jaccardOf(one, members) }];
    })
    .sort((a, b) => b.jaccard - a.jaccard || b.both - a.both)
    .map((one) => ({
      href: `/segments/${encodeURIComponent(one.key)}`,
      name: one.name,
      both: formatNumber(one.both),
      share: formatPercent(one.both / members),
      otherShare: formatPercent(one.both / one.size),
      jaccard: one.jaccard.toFixed(2),
      isTwin: one.jaccard >= TWIN && one.key !== key,
    }));
}
