import type { Titles } from './rules/kind.ts';
import { kindOf, type Leaf, type Node, nodesOf, parseDefinition } from './rules/node.ts';

/** A stored definition as a sentence; one that cannot be read says so. */
export function describeDefinition(definition: unknown, titles?: Titles): string {
  return describeNode(parseDefinition(definition), titles);
}

/** "orders is at least 3 and country is DE" */
export function describeNode(node: Node, titles?: Titles): string {
  const nodes = nodesOf(node);
  if (!nodes) return kindOf(node as Leaf).words(node as Leaf, titles);
  const isAlone = nodes.length === 1 && ('all' in node || 'any' in node);
  const each = nodes.map((one) => {
    const said = describeNode(one, titles);
    return hasParts(one) && !isAlone ? `(${said})` : said;
  });
  if ('all' in node) return each.length ? each.join(' and ') : 'everyone';
  if ('any' in node) return each.length ? each.join(' or ') : 'no one';
  if ('none' in node) return each.length ? `none of: ${each.join('; ')}` : 'everyone';
  return `at least ${'atLeast' in node ? node.atLeast : 1} of: ${each.join('; ')}`;
}

/** Beside others it needs brackets: a list has no end of its own, not even with one thing in it. */
function hasParts(node: Node): boolean {
  const nodes = nodesOf(node) ?? [];
  const isList = 'none' in node || 'atLeast' in node;
  return isList ? nodes.length > 0 : nodes.length > 1 || nodes.some(hasParts);
}
