import type { Explained } from './rules/evaluate.ts';
import { kindOf, type Leaf } from './rules/node.ts';

/** A condition that would have to turn, and to what. */
export type Miss = { path: string; words: string; needs: boolean };

/** The fewest conditions that would have to turn for the tree to hold; each counted as turning alone. */
export function findNearest(explained: Explained): Miss[] {
  return turn(explained, true, []) ?? [];
}

/** null where nothing can turn it: `any` of nothing. */
function turn(explained: Explained, wanted: boolean, path: string[]): Miss[] | null {
  if (explained.holds === wanted) return [];
  const { node, nodes } = explained;
  if (!nodes) {
    const leaf = node as Leaf;
    return [{ path: path.join('.'), words: kindOf(leaf).words(leaf), needs: wanted }];
  }
  const group = 'atLeast' in node ? 'of' : Object.keys(node)[0]!;
  const wish = 'none' in node ? !wanted : wanted;
  const ways = nodes
    .map((each, index) => turn(each, wish, [...path, group, String(index)]))
    .filter((way) => way !== null)
    .sort((a, b) => a.length - b.length);
  const needed = countNeeded(explained, wanted);
  return needed > ways.length ? null : ways.slice(0, needed).flat();
}

/** How many nodes of a group have to stand as wished; those that do already are the cheapest ways. */
function countNeeded({ node, nodes }: Explained, wanted: boolean): number {
  const total = nodes!.length;
  if ('all' in node || 'none' in node) return wanted ? total : 1;
  if ('any' in node) return wanted ? 1 : total;
  const least = 'atLeast' in node ? node.atLeast : 1;
  return wanted ? least : total - least + 1;
}
