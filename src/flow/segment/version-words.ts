import { Invalid } from '../../base/errors.ts';
import { canonicalText } from './lint/canonical.ts';
import { shapeText } from './rule-shape.ts';
import type { Titles } from './rules/kind.ts';
import { kindOf, type Leaf, leavesOf, type Node, nodesOf, parseDefinition } from './rules/node.ts';
import { describeNode } from './words.ts';

/** What two rules differ in, in words. Conditions about one thing are one change, not one gone and one come. */
export type Difference = { added: string[]; removed: string[]; changed: { from: string; to: string }[] };

/** Null where a stored rule cannot be read any more. */
export function compareDefinitions(before: unknown, after: unknown, titles?: Titles): Difference | null {
  const [old, fresh] = [readNode(before), readNode(after)];
  if (!old || !fresh) return null;
  const gone = withoutThose(leavesOf(old), leavesOf(fresh));
  const come = withoutThose(leavesOf(fresh), leavesOf(old));
  const pairs = pairUp(gone, come);
  const removed = gone.filter((one) => !pairs.some(([from]) => from === one));
  const added = come.filter((one) => !pairs.some(([, to]) => to === one));
  const changed = pairs.map(([from, to]) => ({
    from: describeNode(from.leaf, titles),
    to: describeNode(to.leaf, titles),
  }));
  const isReshaped = shapeText(old, insteadOf(removed, pairs)) !== shapeText(fresh, insteadOf(added, []));
  const reshaped = isReshaped ? [{ from: sentenceOf(old, titles), to: sentenceOf(fresh, titles) }] : [];
  const words = (all: Placed[]) => all.map((one) => wordsOf(one, titles));
  return { removed: words(removed), added: words(added), changed: [...changed, ...reshaped] };
}

/** The rule of a version as a sentence, or that it cannot be read. */
export function describeVersion(definition: unknown, titles?: Titles): string {
  const node = readNode(definition);
  return node ? describeNode(node, titles) : 'This rule can no longer be read.';
}

function readNode(definition: unknown): Node | null {
  try {
    return parseDefinition(definition);
  } catch (error) {
    if (error instanceof Invalid) return null;
    throw error;
  }
}

type Placed = { path: string; leaf: Leaf };

/** As many of each as the other does not have. */
function withoutThose(leaves: Placed[], others: Placed[]): Placed[] {
  const texts = others.map(({ leaf }) => canonicalText(leaf));
  return leaves.filter(({ leaf }) => {
    const index = texts.indexOf(canonicalText(leaf));
    if (index >= 0) texts.splice(index, 1);
    return index < 0;
  });
}

function pairUp(gone: Placed[], come: Placed[]): [Placed, Placed][] {
  const free = [...come];
  return gone.flatMap((from) => {
    const index = free.findIndex((to) => topicOf(to.leaf) === topicOf(from.leaf));
    return index < 0 ? [] : [[from, free.splice(index, 1)[0]!] as [Placed, Placed]];
  });
}

/** `trait plan`, `event order_placed`: what a condition is about. */
function topicOf(leaf: Leaf): string {
  const { key } = kindOf(leaf);
  return `${key} ${JSON.stringify((leaf as unknown as Record<string, unknown>)[key])}`;
}

/** What comes to or goes from a group "none of" lets in fewer or more: the other way round. */
function wordsOf({ path, leaf }: Placed, titles: Titles | undefined): string {
  const denials = path.split('.').filter((step) => step === 'none').length;
  const words = describeNode(leaf, titles);
  return denials % 2 === 1 ? `none of: ${words}` : words;
}

/** The rule as the other one has it: with what was changed, and without what only this one has. */
function insteadOf(own: Placed[], pairs: [Placed, Placed][]): Map<string, Leaf | null> {
  return new Map([
    ...own.map(({ path }) => [path, null] as const),
    ...pairs.map(([from, to]) => [from.path, to.leaf] as const),
  ]);
}

/** Otherwise put together: the whole sentence tells, and how the outermost group asks for its conditions. */
function sentenceOf(node: Node, titles: Titles | undefined): string {
  const asks = 'all' in node ? 'all of: ' : 'any' in node ? 'any of: ' : '';
  const words = describeNode(node, titles);
  return (nodesOf(node) ?? []).length > 1 ? `${asks}${words}` : words;
}
