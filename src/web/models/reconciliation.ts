import { daysBetween } from '../../connectors/reading/orders.ts';
import type { Drift, Figure, Reconciliation } from '../../flow/collect/reconciliations.sql.ts';
import { gapOf } from '../../flow/collect/reconciling.ts';
import type { Wish } from '../../flow/collect/reconciling-rows.ts';
import type { Difference } from '../../tasks/reconciling.ts';
import { lineChart } from './charts.ts';
import { formatDate, formatDateTime, formatMoney, formatNumber, formatPercent, plural } from './format.ts';
import type { StatusModel } from './sources.ts';

type Key = Pick<Wish, 'stream' | 'figure' | 'currency'>;

const FIGURES: Record<Figure, string> = {
  people: 'People',
  subscribers: 'Subscribers',
  orders: 'Orders',
  net_revenue: 'Net revenue',
  refunds: 'Refunds',
  spend: 'Spend',
  sent: 'Mails sent',
};
const STATES: Record<Reconciliation['state'], StatusModel> = {
  equal: { kind: 'good', text: 'Agrees' },
  moving: { kind: 'waiting', text: 'Still moving' },
  drift: { kind: 'warning', text: 'Differs' },
};
const KNOWN: StatusModel = { kind: 'off', text: 'Known' };
/** More days than these that agree are folded away. */
const MOST_AGREEING = 7;
/** More rows than this nobody reads; the count says how many there are. */
const ROWS_SHOWN = 200;

/** One tab a figure, those that do not agree first. */
export function listFigures(lines: Reconciliation[], base: string, current: Key | null) {
  const groups = [...Map.groupBy(lines, keyOf)].map(([key, [first, ...rest]]) => {
    const drifts = [first!, ...rest].filter(warns).length;
    return { key, line: first!, drifts };
  });
  groups.sort((a, b) => Number(b.drifts > 0) - Number(a.drifts > 0) || rankOf(a.line) - rankOf(b.line));
  const chosen = groups.find(({ key }) => current && key === keyOf(current)) ?? groups[0];
  return {
    chosen: chosen?.line ?? null,
    tabs: groups.map(({ key, line, drifts }) => ({
      label: nameOf(line),
      href: `${base}?${queryOf(line)}`,
      isCurrent: key === chosen?.key,
      ...(drifts > 0 ? { count: drifts } : {}),
    })),
  };
}

/** The days of one figure: a chart of both sides, and a row a day, the newest first; many that agree by themselves. */
export function figureModel(lines: Reconciliation[], chosen: Key, known: KnownBy) {
  const own = lines.filter((line) => keyOf(line) === keyOf(chosen));
  const days = fillDays(own.filter(({ day }) => day !== ''));
  const series = [
    { name: 'The vendor counts', values: days.map(({ theirs }) => Number(theirs)) },
    { name: 'We hold', values: days.map(({ ours }) => Number(ours)) },
  ];
  const labels = days.map(({ day }) => shortDay(day));
  const agreeing = own.filter(({ day, state }) => day !== '' && state === 'equal');
  const folded = agreeing.length > MOST_AGREEING ? agreeing : [];
  const isAll = own.every(({ day, state }) => day === '' || state === 'equal');
  const drawn = { title: `${nameOf(chosen)} by day`, labels, series, format: formatNumber };
  return {
    name: nameOf(chosen),
    chart: days.length > 1 ? lineChart(drawn) : null,
    open: own.filter((line) => !folded.includes(line)).map((line) => rowOf(line, known)),
    folded: folded.map((line) => rowOf(line, known)),
    agreement: `${isAll ? 'All' : 'The other'} ${formatNumber(folded.length)} days agree`,
  };
}

function rowOf(line: Reconciliation, known: KnownBy) {
  return {
    day: dayOf(line.day),
    ours: amountText(line.ours, line.currency),
    theirs: amountText(line.theirs, line.currency),
    gap: signed(gapOf(line), line.currency),
    state: line.isKnown ? KNOWN : STATES[line.state],
    known: describeKnown(line, known),
    form: formOf(line),
    href: line.state === 'equal' ? null : `${known.base}/rows?${queryOf(line)}&day=${line.day}`,
  };
}

/** Who is who here, and in which zone. */
export type KnownBy = { base: string; zone: string; names: Map<string, string> };

/** Who said that they know why, and whether it is still the same difference. */
function describeKnown(
  { known, isKnown, currency }: Reconciliation,
  { zone, names }: KnownBy,
): string | null {
  if (!known) return null;
  const who = `${names.get(known.by) ?? 'a former colleague'}, ${formatDate(known.at, zone)}`;
  return isKnown ? who : `It has changed: ${signed(known.gap, currency)} was known by ${who}`;
}

/** What is offered for a day that differs. */
function formOf({ stream, figure, currency, day, state, isKnown, theirs, ours }: Reconciliation) {
  if (state !== 'drift') return null;
  const line = { stream, figure, currency, day };
  return {
    path: isKnown ? 'known-gaps/removals' : 'known-gaps',
    label: isKnown ? 'Warn again' : 'This difference is known',
    // What was seen goes with it: another difference is not known by that.
    fields: isKnown ? line : { ...line, theirs, ours },
  };
}

function warns({ state, isKnown }: Reconciliation): boolean {
  return state === 'drift' && !isKnown;
}

/** The oldest first; days that neither side speaks of are nought on both. */
function fillDays(lines: Reconciliation[]): Pick<Reconciliation, 'day' | 'theirs' | 'ours'>[] {
  const [newest, oldest] = [lines[0], lines.at(-1)];
  if (!newest || !oldest) return [];
  const told = new Map(lines.map((line) => [line.day, line]));
  const days = daysBetween(new Date(oldest.day), new Date(Date.parse(newest.day) + 1));
  return days.map((day) => told.get(day) ?? { day, theirs: '0', ours: '0' });
}

/** The records that make the gap of one day. */
export function differencesModel(wish: Wish, found: { differences: Difference[] }) {
  const { differences } = found;
  const count = (what: Difference['what']) => differences.filter((one) => one.what === what).length;
  return {
    title: `${nameOf(wish)}, ${dayOf(wish.day)}`,
    summary: [
      [count('missing'), 'missing here'],
      [count('extra'), 'here only'],
      [count('differs'), 'not the same'],
    ]
      .filter(([many]) => many !== 0)
      .map(([many, words]) => `${formatNumber(many as number)} ${words}`)
      .join(', '),
    total: differences.length,
    shown: Math.min(differences.length, ROWS_SHOWN),
    rows: differences.slice(0, ROWS_SHOWN).map((one) => ({
      externalId: one.externalId,
      what: WHAT[one.what],
      reason: one.reason,
      theirs: one.theirs === null ? '–' : amountText(one.theirs, one.currency),
      ours: one.ours === null ? '–' : amountText(one.ours, one.currency),
    })),
  };
}

const WHAT: Record<Difference['what'], string> = {
  missing: 'Missing here',
  extra: 'Here only: the vendor does not list it any more',
  differs: 'Not the same',
};

/** A source in one sentence: the newest day that does not agree, and how many more there are. */
export function driftModels(drifts: Drift[], canOpen: boolean) {
  return [...Map.groupBy(drifts, ({ sourceId }) => sourceId).values()].map((own) => {
    // Orders say more than the money that follows from them.
    const worst = [...own].sort((a, b) => b.day.localeCompare(a.day) || rankOf(a) - rankOf(b))[0]!;
    const more =
      own.length > 1 ? ` ${plural(own.length - 1, 'more figure')} differ${own.length > 2 ? '' : 's'}.` : '';
    const base = `/sources/${worst.sourceId}/reconciliation`;
    return {
      href: canOpen ? `${base}?${queryOf(worst)}` : null,
      name: worst.sourceName,
      words: `${describeGap(worst)}.${more}`,
    };
  });
}

/** Full scans that took nobody back: somebody has to look. */
export function scanModels(
  troubles: { sourceId: string; sourceName: string; message: string }[],
  canOpen: boolean,
) {
  return troubles.map(({ sourceId, sourceName, message }) => ({
    href: canOpen ? `/sources/${sourceId}/reconciliation` : null,
    name: sourceName,
    words: message,
  }));
}

/** "3% of orders of 12 Nov are missing here" */
export function describeGap(line: Reconciliation): string {
  const what = nameOf(line).toLowerCase();
  const when = line.day === '' ? '' : ` of ${shortDay(line.day)}`;
  const gap = Number(gapOf(line));
  const share = Number(line.theirs) === 0 ? null : Math.abs(gap) / Math.abs(Number(line.theirs));
  const amount = amountText(String(Math.abs(gap)), line.currency);
  if (gap > 0)
    return `${share === null ? amount : formatPercent(share)} of ${what}${when} ${line.currency ? 'is' : 'are'} missing here`;
  return `${what}${when}: ${share === null ? amount : formatPercent(share)} more here than the vendor counts`;
}

export function checkedAt(lines: Reconciliation[], zone: string): string | null {
  const newest = Math.max(0, ...lines.map((line) => line.checkedAt.getTime()));
  return newest === 0 ? null : formatDateTime(new Date(newest), zone);
}

export function queryOf({ stream, figure, currency }: Key): string {
  return new URLSearchParams({ stream, figure, currency }).toString();
}

function nameOf({ figure, currency }: Pick<Key, 'figure' | 'currency'>): string {
  return currency ? `${FIGURES[figure]} in ${currency}` : FIGURES[figure];
}

const ORDER = Object.keys(FIGURES);

function rankOf({ figure }: Key): number {
  const place = ORDER.indexOf(figure);
  return figure === 'orders' ? -1 : place;
}

function keyOf({ stream, figure, currency }: Key): string {
  return `${figure} ${currency} ${stream}`;
}

/** Days of vendors are UTC days. */
function dayOf(day: string): string {
  return day === '' ? 'As of the check' : formatDate(new Date(`${day}T00:00:00Z`), 'UTC');
}

function shortDay(day: string): string {
  return dayOf(day).replace(/ \d{4}$/, '');
}

function amountText(value: string, currency: string): string {
  return currency ? formatMoney(value, currency) : formatNumber(value);
}

function signed(gap: string, currency: string): string {
  const value = Number(gap);
  if (value === 0) return '0';
  return `${value > 0 ? '−' : '+'}${amountText(String(Math.abs(value)), currency)}`;
}
