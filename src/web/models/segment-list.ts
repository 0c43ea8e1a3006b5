import type { InsightLine } from '../../flow/segment/insights.ts';
import type { ListedSegment } from '../../reports/segments.sql.ts';
import { formatAgo, formatMoney, formatNumber, plural } from './format.ts';
import { ageOf, formerRuleOf } from './segment-health.ts';
import { changeOf, segmentRowModel, type Trend } from './segments.ts';

export const KINDS = ['all', 'custom', 'library', 'static', 'lifecycle', 'rfm'] as const;
export const SORTS = ['size', 'change', 'revenue', 'fresh', 'name'] as const;
export type Wish = { q: string; kind: (typeof KINDS)[number]; sort: (typeof SORTS)[number] };

export type Knowledge = {
  at: Date;
  people: number;
  trends: Map<string, Trend>;
  lines: Map<string, InsightLine>;
  currency: string;
};

const KIND_WORDS: Record<Wish['kind'], string> = {
  all: 'All',
  custom: 'Own',
  library: 'Library',
  static: 'Lists',
  lifecycle: 'Lifecycle',
  rfm: 'RFM',
};

/** The rows asked for, in the order asked for, with links to every other way of looking. */
export function browse(rows: ListedSegment[], wish: Wish, known: Knowledge) {
  const matches = rows.filter((row) => row.name.toLowerCase().includes(wish.q.toLowerCase()));
  const shown = matches.filter((row) => isShown(row, wish));
  const changes = new Map(rows.map((row) => [row.key, changeOf(row, known.trends.get(row.key) ?? [])]));
  return {
    q: wish.q,
    wish,
    isFiltered: wish.q !== '' || wish.kind !== 'all',
    kinds: KINDS.filter(
      (kind) => kind === 'all' || kind === wish.kind || rows.some((row) => row.kind === kind),
    ).map((kind) => ({
      label: KIND_WORDS[kind],
      href: addressOf({ ...wish, kind }),
      isCurrent: kind === wish.kind,
    })),
    heads: HEADS.map((head) => ({
      ...head,
      href: head.sort ? addressOf({ ...wish, sort: head.sort }) : null,
      isCurrent: head.sort === wish.sort,
    })),
    sorts: HEADS.flatMap(({ label, sort }) =>
      sort ? [{ label, href: addressOf({ ...wish, sort }), isCurrent: sort === wish.sort }] : [],
    ),
    maps: wish.q === '' && wish.kind === 'all' ? mapsOf(rows) : [],
    rows: shown.toSorted(orderOf(wish.sort, known, changes)).map((row) => rowOf(row, known)),
  };
}

/** The cells of the two maps stand behind one line each, unless asked for. */
function isShown(row: ListedSegment, { q, kind }: Wish): boolean {
  if (kind !== 'all') return row.kind === kind;
  return q !== '' || (row.kind !== 'lifecycle' && row.kind !== 'rfm');
}

function rowOf(row: ListedSegment, known: Knowledge) {
  return {
    ...segmentRowModel(row, known.trends.get(row.key) ?? [], known.people),
    ...revenueOf(row, known),
    former: formerRuleOf(row),
    fresh: freshOf(row, known.at),
    isStale: row.status === 'stale' || row.status === 'parked' || ageOf(row, known.at) !== null,
  };
}

/** It is worked out each night. From a tenth on, that other people were in then is told beside the sum. */
const OTHER_PEOPLE = 0.1;

function revenueOf({ key, size }: ListedSegment, { lines, currency }: Knowledge) {
  const line = lines.get(key);
  if (!line || size === null) return { revenue: '–', revenueOf: null };
  const areOthers = Math.abs(line.members - size) > OTHER_PEOPLE * Math.max(line.members, size);
  return {
    revenue: formatMoney(Math.round(Number(line.revenue)), currency).replace(/\.00$/, ''),
    revenueOf: areOthers ? `of ${plural(line.members, 'person', 'people')} then` : null,
  };
}

function freshOf(row: ListedSegment, at: Date): string {
  if (formerRuleOf(row)) return 'before the change';
  return row.asOf ? formatAgo(row.asOf, at) : 'never';
}

function mapsOf(rows: ListedSegment[]) {
  const lineOf = (kind: 'lifecycle' | 'rfm', words: { name: string; href: string; note: string }) => {
    const mine = rows.filter((row) => row.kind === kind);
    const size = mine.reduce((sum, row) => sum + (row.size ?? 0), 0);
    return mine.length === 0
      ? []
      : [
          {
            ...words,
            size: formatNumber(size),
            parts: `${mine.length} groups`,
            listHref: `/segments?kind=${kind}`,
          },
        ];
  };
  return [
    ...lineOf('lifecycle', {
      name: 'Lifecycle grid',
      href: '/segments/lifecycle',
      note: 'Everyone by orders, and by how long ago against this shop’s own rhythm.',
    }),
    ...lineOf('rfm', {
      name: 'RFM map',
      href: '/segments/rfm',
      note: 'Buyers by how recently, how often and for how much they bought.',
    }),
  ];
}

type Order = (a: ListedSegment, b: ListedSegment) => number;

/** The most first; what is not known comes last. Equal ones stay in the order of their size. */
function orderOf(sort: Wish['sort'], known: Knowledge, changes: Map<string, number | null>): Order {
  const figures: Record<Wish['sort'], (row: ListedSegment) => number> = {
    size: (row) => row.size ?? -1,
    change: (row) => Math.abs(changes.get(row.key) ?? -1),
    revenue: (row) => Number(known.lines.get(row.key)?.revenue ?? -Infinity),
    fresh: (row) => row.asOf?.getTime() ?? 0,
    name: () => 0,
  };
  if (sort === 'name') return (a, b) => a.name.localeCompare(b.name, 'en');
  return (a, b) => figures[sort](b) - figures[sort](a) || a.name.localeCompare(b.name, 'en');
}

function addressOf({ q, kind, sort }: Wish): string {
  const search = new URLSearchParams({
    ...(q && { q }),
    ...(kind !== 'all' && { kind }),
    ...(sort !== 'size' && { sort }),
  });
  return search.size > 0 ? `/segments?${search}` : '/segments';
}

const HEADS: { label: string; isNumber: boolean; sort: Wish['sort'] | null }[] = [
  { label: 'Segment', isNumber: false, sort: 'name' },
  { label: 'Kind', isNumber: false, sort: null },
  { label: 'People', isNumber: true, sort: 'size' },
  { label: 'Share', isNumber: true, sort: null },
  { label: '30 days', isNumber: true, sort: 'change' },
  { label: 'Trend', isNumber: false, sort: null },
  { label: 'Net revenue', isNumber: true, sort: 'revenue' },
  { label: 'Counted', isNumber: false, sort: 'fresh' },
];
