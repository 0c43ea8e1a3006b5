import { anniversaryDays } from './compare.ts';
import type { Comparison } from './comparison.ts';
import type { Edge, Range, Span } from './kind.ts';
import { sweptBy, type Window } from './windows.ts';

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
  if (comparison.op !== 'anniversary') return [];
  const before = anniversaryDays(comparison.value, span.before);
  const after = anniversaryDays(comparison.value, span.after);
  const days = [...before, ...after].filter((day) => before.includes(day) !== after.includes(day));
  return days.length ? [{ type: 'anniversary', of: type, name, days }] : [];
}

/** Events that came due themselves, and those a window's end swept over. */
export function eventEdges(event: string, within: Window | undefined, span: Span): Edge[] {
  const arrived = { from: span.before.asOf.getTime(), to: span.after.asOf.getTime() };
  const swept = within ? sweptBy(within, span.before, span.after) : [];
  return [{ type: 'events', event, ranges: [arrived, ...swept] }];
}

export function edgesOver(ranges: Range[], edge: (ranges: Range[]) => Edge): Edge[] {
  return ranges.length ? [edge(ranges)] : [];
}
