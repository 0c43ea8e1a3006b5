import { canonicalEvent } from '../rules/events.ts';
import { type Node, nodesOf } from '../rules/node.ts';
import { durationMs } from '../rules/windows.ts';

const DURATION_KEYS = new Set(['last', 'next', 'between', 'within', 'for']);

/**
 * One text for all rules that say the same in other words: the order within a group, a group of one, groups in a
 * group of their kind, a repeated condition, `7d` for `1w`, what is so anyway. Equal texts match the same people.
 */
export function canonicalText(node: Node): string {
  return JSON.stringify(canonicalOf(node));
}

function canonicalOf(node: Node): unknown {
  const nodes = nodesOf(node);
  if (!nodes) return plain(node as Record<string, unknown>, '');
  const wanted = 'atLeast' in node ? node.atLeast : null;
  if ('all' in node || (wanted !== null && wanted === nodes.length)) return grouped('all', nodes);
  if ('any' in node || wanted === 1) return grouped('any', nodes);
  if ('none' in node) return { none: sorted(nodes.map(canonicalOf)) };
  return { atLeast: wanted, of: sorted(nodes.map(canonicalOf), { isRepeated: true }) };
}

function grouped(mode: 'all' | 'any', nodes: Node[]): unknown {
  const flat = nodes.map(canonicalOf).flatMap((one) => {
    const inner = (one as Record<string, unknown>)[mode];
    return Array.isArray(inner) ? inner : [one];
  });
  const members = sorted(flat);
  return members.length === 1 ? members[0] : { [mode]: members };
}

/** `at least two of` counts a repeated condition twice, so there it stays. */
function sorted(members: unknown[], options = { isRepeated: false }): unknown[] {
  const texts = members.map((one) => JSON.stringify(one)).sort();
  const kept = options.isRepeated ? texts : [...new Set(texts)];
  return kept.map((text): unknown => JSON.parse(text));
}

/** A leaf with its keys in order, its durations in milliseconds, and nothing that would be so without a word. */
function plain(value: unknown, key: string): unknown {
  if (typeof value === 'string') return plainText(value, key);
  if (Array.isArray(value)) return value.map((one) => plain(one, key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name, one]) => one !== undefined && !isDefault(name, one))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [name, plain(one, name)]);
  return Object.fromEntries(entries);
}

function plainText(value: string, key: string): unknown {
  if (key === 'event') return canonicalEvent(value);
  return DURATION_KEYS.has(key) && /^[1-9][0-9]*[mhdw]$/.test(value) ? durationMs(value) : value;
}

function isDefault(name: string, value: unknown): boolean {
  if (name === 'unset') return value === 'no';
  if (name === 'where') return Array.isArray(value) && value.length === 0;
  const { op, value: number } = (name === 'count' ? value : {}) as { op?: unknown; value?: unknown };
  return op === 'gte' && number === 1;
}
