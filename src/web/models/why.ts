import type { Miss } from '../../flow/segment/nearest.ts';
import type { WhyTree } from '../../flow/segment/why.ts';
import { formatDateTime, formatNumber } from './format.ts';

export type WhyNode = { holds: boolean; words: string; evidence: string | null; children: WhyNode[] };

const GROUP_WORDS: Record<string, string> = {
  all: 'All of these',
  any: 'Any of these',
  none: 'None of these',
  of: 'At least this many of these',
};

/** The explained tree for the template: words, a tick or a cross, and what proves it. */
export function whyModel(tree: WhyTree, zone: string): WhyNode {
  const group = Object.keys(GROUP_WORDS).find((key) => Array.isArray(tree[key]));
  if (group) {
    const children = (tree[group] as WhyTree[]).map((child) => whyModel(child, zone));
    const words = group === 'of' ? `At least ${String(tree.atLeast)} of these` : GROUP_WORDS[group]!;
    return { holds: tree.holds, words, evidence: null, children };
  }
  return {
    holds: tree.holds,
    words: String(tree.words ?? ''),
    evidence: evidenceWords(tree.evidence, zone),
    children: [],
  };
}

export function nearestWords(misses: Miss[]): string | null {
  return misses.length === 0
    ? null
    : misses.map((miss) => (miss.needs ? miss.words : `no longer: ${miss.words}`)).join('; and ');
}

/** `count: 3, last at 12 Nov 2026 10:00` */
function evidenceWords(evidence: unknown, zone: string): string | null {
  if (typeof evidence !== 'object' || evidence === null) return null;
  const parts = Object.entries(evidence).map(
    ([name, value]) => `${EVIDENCE_NAMES[name] ?? name}: ${valueWords(value, zone)}`,
  );
  return parts.length > 0 ? parts.join(', ') : null;
}

const EVIDENCE_NAMES: Record<string, string> = {
  value: 'they have',
  lastAt: 'last',
  count: 'times',
  enteredAt: 'entered',
  leftAt: 'left',
};

function valueWords(value: unknown, zone: string): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value))
    return formatDateTime(new Date(value), zone);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
