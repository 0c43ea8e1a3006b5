import { Invalid } from '../../base/errors.ts';
import { canonicalText } from './lint/canonical.ts';
import { kindOf, type Leaf, leavesOf, type Node, nodesOf, parseDefinition } from './rules/node.ts';
import { describeNode } from './words.ts';

/** What two rules differ in, in words. Conditions about one thing are one change, not one gone and one come. */
export type Difference = { added: string[]; removed: string[]; changed: { from: string; to: string }[] };

/** Null where a stored rule cannot be read any more. */
export function compareDefinitions(before: unknown, after: unknown): Difference | null {
  const [old, fresh] = [readNode(before), readNode(after)];
  if (!old || !fresh) return null;
  const gone = withoutThose(leavesOf(old), leavesOf(fresh));
  const come = withoutThose(leavesOf(fresh), leavesOf(old));
  const pairs = pairUp(gone, come);
  const difference = {
    removed: gone.filter((one) => !pairs.some(([from]) => from === one)).map(wordsOf),
    added: come.filter((one) => !pairs.some(([, to]) => to === one)).map(wordsOf),
    changed: pairs.map(([from, to]) => ({ from: wordsOf(from), to: wordsOf(to) })),
  };
  return isEmpty(difference) && canonicalText(old) !== canonicalText(fresh)
    ? { ...difference, changed: [{ from: shapeOf(old), to: shapeOf(fresh) }] }
    : difference;
}

/** The rule of a version as a sentence, or that it cannot be read. */
export function describeVersion(definition: unknown): string {
  const node = readNode(definition);
  return node ? describeNode(node) : 'This rule can no longer be read.';
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

function wordsOf({ leaf }: Placed): string {
  return describeNode(leaf);
}

function isEmpty({ added, removed, changed }: Difference): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** The same conditions, otherwise put together: the whole sentence tells, and how the outermost group asks for them. */
function shapeOf(node: Node): string {
  const asks = 'all' in node ? 'all of: ' : 'any' in node ? 'any of: ' : '';
  return (nodesOf(node) ?? []).length > 1 ? `${asks}${describeNode(node)}` : describeNode(node);
}
