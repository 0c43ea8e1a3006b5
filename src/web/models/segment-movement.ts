import { DateTime } from 'luxon';
import type { DayOfSegment, Flow, Move } from '../../reports/segment-movement.sql.ts';
import { type ChangesChart, changesChart } from './chart-changes.ts';
import { type FlowChart, flowChart } from './chart-flow.ts';
import { formatNumber } from './format.ts';

/** What the groups of a family are called, and what somebody is who is in none of them. */
export type Family = { kind: string; title: string; groups: { key: string; name: string }[]; nobody: string };

/** Everybody is in exactly one group of these: what they had been and have become can be told without counting twice. */
export const FAMILIES: Record<string, Omit<Family, 'groups'>> = {
  lifecycle: { kind: 'lifecycle', title: 'lifecycle cells', nobody: 'Not known before' },
  rfm: { kind: 'rfm', title: 'RFM groups', nobody: 'No buyer' },
};

/** Every day of the span, those without a change too. Null where nobody came or went. */
export function movementChart(
  days: DayOfSegment[],
  span: { since: Date; until: Date; zone: string; name: string },
): ChangesChart | null {
  if (days.every((day) => day.entered + day.left === 0)) return null;
  const known = new Map(days.map((day) => [day.day, day]));
  return changesChart({
    title: `Who entered and left ${span.name}, by day`,
    names: ['Entered', 'Left'],
    days: daysOf(span).map((day) => ({
      label: day.setLocale('en-GB').toFormat('d LLL'),
      up: known.get(day.toISODate()!)?.entered ?? 0,
      down: known.get(day.toISODate()!)?.left ?? 0,
    })),
    format: formatNumber,
  });
}

function daysOf({ since, until, zone }: { since: Date; until: Date; zone: string }): DateTime<true>[] {
  const days: DateTime<true>[] = [];
  const end = DateTime.fromJSDate(until, { zone });
  for (let day = DateTime.fromJSDate(since, { zone }).startOf('day'); day <= end; day = day.plus({ days: 1 }))
    if (day.isValid) days.push(day);
  return days;
}

const NOBODY = '';

/** From the groups they were in to the segment. */
export function originsChart(moves: Move[], family: Family, segment: string): FlowChart | null {
  if (moves.length === 0) return null;
  return flowChart({
    title: `Where those who entered ${segment} came from`,
    left: endsOf(moves, family, family.nobody),
    right: [{ key: 'here', label: segment, href: null }],
    links: moves.map((move) => ({ from: move.key ?? NOBODY, to: 'here', value: move.people })),
    format: formatNumber,
  });
}

export function goalsChart(moves: Move[], family: Family, segment: string): FlowChart | null {
  if (moves.length === 0) return null;
  return flowChart({
    title: `Where those who left ${segment} went`,
    left: [{ key: 'here', label: segment, href: null }],
    right: endsOf(moves, family, 'None of them'),
    links: moves.map((move) => ({ from: 'here', to: move.key ?? NOBODY, value: move.people })),
    format: formatNumber,
  });
}

/** From group to group within a family. */
export function flowsChart(flows: Flow[], family: Family): FlowChart | null {
  if (flows.length === 0) return null;
  const ends = family.groups.map(({ key, name }) => ({ key, label: short(name), href: `/segments/${key}` }));
  return flowChart({
    title: `People who changed between ${family.title}`,
    left: [...ends, { key: NOBODY, label: family.nobody, href: null }],
    right: ends,
    links: flows.map((flow) => ({ from: flow.from ?? NOBODY, to: flow.to, value: flow.people })),
    format: formatNumber,
  });
}

function endsOf(moves: Move[], family: Family, nobody: string) {
  const names = new Map(family.groups.map(({ key, name }) => [key, short(name)]));
  return moves.map(({ key }) => ({
    key: key ?? NOBODY,
    label: key === null ? nobody : (names.get(key) ?? key),
    href: key === null ? null : `/segments/${key}`,
  }));
}

/** Names of cells as they fit beside a ribbon. */
function short(name: string): string {
  return name
    .replace('Three orders or more', '3+ orders')
    .replace('Two orders', '2 orders')
    .replace('One order', '1 order');
}
