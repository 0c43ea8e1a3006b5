import { anniversaryDays } from './compare.ts';
import type { Comparison } from './comparison.ts';
import type { Edge, Range, Span } from './kind.ts';
import { boundsOf, sweptBy, type Window } from './windows.ts';

/** The first instant of year 1: no event is older. */
const EARLIEST = -62_135_596_800_000;

/** Dated comparisons that move with time: a window, an anniversary. Everything else stands still. */
export function comparisonEdges(
  type: 'fact' | 'trait',
  name: string,
  comparison: Comparison,
  span: Span,
): Edge[] {
  if (comparison.op === 'within')
    return edgesOver(sweptBy(comparison.value, span.before, span.after), (ranges) => ({
      type,
      name,
      ranges,
    }));
  const days = turnedDays(comparison, span);
  return days.length ? [{ type: 'anniversary', of: type, name, days }] : [];
}

/** Events that came due themselves, and those a window's end swept over. */
export function eventEdges(event: string, within: Window | undefined, span: Span): Edge[] {
  const arrived = { from: span.before.asOf.getTime(), to: span.after.asOf.getTime() };
  const swept = within ? sweptBy(within, span.before, span.after) : [];
  return [{ type: 'events', event, ranges: [arrived, ...swept] }];
}

/**
 * A date in a property may come into a window, or out of it, long after its event: no index knows, so everyone with
 * such an event is looked at, as often as time moves the condition.
 */
export function propertyEdges(
  event: string,
  where: Comparison[],
  within: Window | undefined,
  span: Span,
): Edge[] {
  const turns = where.some(
    (each) =>
      turnedDays(each, span).length > 0 ||
      (each.op === 'within' && sweptBy(each.value, span.before, span.after).length > 0),
  );
  if (!turns) return [];
  const starts = [span.before, span.after].map(
    (moment) => (within && boundsOf(within, moment).from) ?? EARLIEST,
  );
  return [{ type: 'events', event, ranges: [{ from: Math.min(...starts), to: span.after.asOf.getTime() }] }];
}

export function edgesOver(ranges: Range[], edge: (ranges: Range[]) => Edge): Edge[] {
  return ranges.length ? [edge(ranges)] : [];
}

/** Month and day (331) of anniversaries that begin or end between two moments. */
function turnedDays(comparison: Comparison, span: Span): number[] {
  if (comparison.op !== 'anniversary') return [];
  const before = anniversaryDays(comparison.value, span.before);
  const after = anniversaryDays(comparison.value, span.after);
  return [...before, ...after].filter((day) => before.includes(day) !== after.includes(day));
}
