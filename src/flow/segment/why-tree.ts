import { eventsBehind } from './proof.ts';
import type { Situation } from './remedies/change.ts';
import type { Explained } from './rules/evaluate.ts';
import { kindOf, type Leaf, nodesOf } from './rules/node.ts';
import type { PersonEvent } from './rules/person.ts';
import { printMillionths, type Value } from './rules/values.ts';

/** The rule tree again, each node with whether it holds; each leaf in words and with what proves it. */
export type WhyTree = { [key: string]: unknown; holds: boolean };
export type ProvingEvent = { id: string; name: string; occurredAt: Date; value: number | null };

/** Events shown as proof of one condition: the newest. */
const MOST_EVENTS = 5;

export function toTree(explained: Explained, situation: Situation): WhyTree {
  const { node, holds, nodes } = explained;
  if (!nodes) return toLeaf(explained, situation);
  const trees = nodes.map((each) => toTree(each, situation));
  const entries = Object.entries(node).map(([name, value]) => [
    name,
    value === nodesOf(node) ? trees : value,
  ]);
  return { ...Object.fromEntries(entries), holds };
}

function toLeaf({ node, holds, evidence }: Explained, { person, setting, titles }: Situation): WhyTree {
  const leaf = node as Leaf;
  const proving = eventsBehind(leaf, person, setting);
  const words = kindOf(leaf).words(leaf, titles);
  const shown = evidence ? { evidence: printEvidence(evidence) } : {};
  const events = proving.length ? { events: proving.slice(-MOST_EVENTS).reverse().map(printEvent) } : {};
  return { ...leaf, holds, words, ...shown, ...events };
}

function printEvent({ id, name, at, value }: PersonEvent): ProvingEvent {
  return {
    id,
    name,
    occurredAt: new Date(at),
    value: value === null ? null : Number(printMillionths(value)),
  };
}

function printEvidence(evidence: { [key: string]: Value | undefined }): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, printValue(value)]));
}

function printValue(value: Value | undefined): unknown {
  if (typeof value === 'bigint') return Number(printMillionths(value));
  if (Array.isArray(value)) return value.map(printValue);
  return typeof value === 'object' && value !== null ? printEvidence(value) : (value ?? null);
}
