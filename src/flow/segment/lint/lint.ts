import { comparisonOf } from '../rules/comparison.ts';
import { FACTS } from '../rules/fact-names.ts';
import type { Titles } from '../rules/kind.ts';
import type { Moment } from '../rules/moments.ts';
import { groupKeyOf, type Leaf, leavesOf, type Node, nodesOf } from '../rules/node.ts';
import { describeNode } from '../words.ts';
import { canonicalText } from './canonical.ts';
import type { LintMoment } from './claims.ts';
import { windowsOf } from './event-claims.ts';
import { tellLater } from './later.ts';
import { reasonOf } from './reasons.ts';
import { isConflict } from './values.ts';
import { areExclusive, isAlways, isNever } from './verdict.ts';

/** What is odd about a rule, where, and what to do. It may be meant; nothing is refused for it. */
export type Lint = {
  kind: 'never' | 'always' | 'later' | 'contradiction' | 'duplicate' | 'hides' | 'twin' | 'unheard';
  /** `all.1.any.0`; empty: the whole rule. */
  path: string;
  message: string;
  advice: string;
};

/** What the rule alone tells: `never` and `always` are sure, whoever the people are; `later` is so until a day. */
export function lintRule(node: Node, moment: Moment & { titles?: Titles | undefined }): Lint[] {
  const look = (at: Moment) => lintAt(node, at);
  return tellLater(look(moment), { node, moment, look });
}

function lintAt(node: Node, moment: Moment): Lint[] {
  const known = { ...moment, windows: windowsOf(node, moment).slice(0, MOST_WINDOWS) };
  const found = lintNode(node, [], known);
  const isTold = found.some(({ path }) => path === '');
  return isTold ? found : [...wholeRule(node, known), ...found];
}

/** Conditions that leave out whoever has no value, where that may surprise: what is not so, what is less or earlier. */
export function findHiding(node: Node): { path: string; leaf: Leaf; unset: Leaf }[] {
  return leavesOf(node).flatMap(({ path, leaf }) => {
    const isCompared = 'trait' in leaf || ('fact' in leaf && !('absent' in FACTS[leaf.fact]));
    if (!isCompared || leaf.unset === 'yes' || !HIDING.includes(leaf.op)) return [];
    const unset = 'trait' in leaf ? { trait: leaf.trait, op: 'unset' } : { fact: leaf.fact, op: 'unset' };
    return [{ path, leaf, unset: unset as Leaf }];
  });
}

export function hidesLint(path: string, leaf: Leaf, people: string): Lint {
  const name = 'trait' in leaf ? leaf.trait : 'fact' in leaf ? FACTS[leaf.fact].title : '';
  return {
    kind: 'hides',
    path,
    message: `${people} would match but for this: their ${name} is not known, and so they are left out.`,
    advice: 'Choose “unknown: let in” if they belong here.',
  };
}

/** Each window is compared with each: beyond a dozen, fewer contradictions are found rather than seconds spent. */
const MOST_WINDOWS = 12;

const HIDING = ['ne', 'notIn', 'notContains', 'lt', 'lte', 'before', 'false'];

function wholeRule(node: Node, moment: LintMoment): Lint[] {
  if (isNever(node, moment))
    return [
      {
        kind: 'never',
        path: '',
        message: 'This rule can never match anybody.',
        advice: 'The conditions marked below say why.',
      },
    ];
  if (isAlways(node, moment))
    return [
      {
        kind: 'always',
        path: '',
        message: 'This rule matches everybody.',
        advice: 'Add a condition that tells people apart.',
      },
    ];
  return [];
}

function lintNode(node: Node, path: string[], moment: LintMoment): Lint[] {
  const nodes = nodesOf(node);
  if (!nodes) return lintLeaf(node as Leaf, path, moment);
  if (nodes.length === 0) return [lintEmpty(node, path)];
  const places = nodes.map((one, index) => ({ node: one, path: [...path, groupKeyOf(node), String(index)] }));
  const inside = places.flatMap((one) => lintNode(one.node, one.path, moment));
  return [...lintGroup(node, path, places, moment), ...inside, ...findDuplicates(places)];
}

function lintLeaf(leaf: Leaf, path: string[], moment: LintMoment): Lint[] {
  const at = path.join('.');
  if (isNever(leaf, moment))
    return [
      {
        kind: 'never',
        path: at,
        message: `Nobody can match this: ${reasonOf(leaf, moment)}.`,
        advice: 'Change it or remove it.',
      },
    ];
  if (isAlways(leaf, moment))
    return [
      {
        kind: 'always',
        path: at,
        message: 'Everybody matches this, so it tells nobody apart.',
        advice: 'Change it or remove it.',
      },
    ];
  return [];
}

function lintEmpty(node: Node, path: string[]): Lint {
  const at = path.join('.');
  if ('any' in node)
    return {
      kind: 'never',
      path: at,
      message: '“Any of these” with nothing in it matches nobody.',
      advice: 'Add a condition.',
    };
  return {
    kind: 'always',
    path: at,
    message: 'Without a condition this matches everybody.',
    advice: 'Add a condition.',
  };
}

type Place = { node: Node; path: string[] };

/** A group that fails or always holds although none of its parts does so alone. */
function lintGroup(node: Node, path: string[], places: Place[], moment: LintMoment): Lint[] {
  const alive = places.filter((one) => !isNever(one.node, moment) && !isAlways(one.node, moment));
  const odd = 'all' in node || 'atLeast' in node ? findContradictions(node, alive, moment) : [];
  if (odd.length > 0 || alive.length < places.length) return odd;
  const at = path.join('.');
  if (isNever(node, moment))
    return [
      {
        kind: 'never',
        path: at,
        message: 'These conditions can never be true together.',
        advice: 'Remove one of them, or ask for “any of these”.',
      },
    ];
  if (isAlways(node, moment))
    return [
      {
        kind: 'always',
        path: at,
        message: 'Between them these conditions let everybody in.',
        advice: 'Remove one of them, or ask for “all of these”.',
      },
    ];
  return [];
}

/** Each later condition with the first one before it that it cannot go with. */
function findContradictions(group: Node, places: Place[], moment: LintMoment): Lint[] {
  const isGroupNever = isNever(group, moment);
  if ('atLeast' in group && !isGroupNever) return [];
  const said = (place: Place) => describeNode(place.node, moment.titles);
  return places.flatMap((later, index) => {
    const others = places.slice(0, index);
    const exclusive = isGroupNever && others.find((one) => areExclusive(one.node, later.node, moment));
    if (exclusive) return [contradiction(later, said(exclusive), 'No one person can match both.')];
    const unlikely = others.find((one) => areOneValueApart(one.node, later.node, moment));
    return unlikely
      ? [
          contradiction(
            later,
            said(unlikely),
            'One value cannot be both: only somebody with a list of several values is in.',
          ),
        ]
      : [];
  });
}

function contradiction(later: Place, earlier: string, why: string): Lint {
  return {
    kind: 'contradiction',
    path: later.path.join('.'),
    message: `This contradicts “${earlier}”. ${why}`,
    advice: 'Remove one of the two, or put both in a group “any of these”.',
  };
}

/** Two conditions on one trait that only a list of values can satisfy together. */
function areOneValueApart(a: Node, b: Node, moment: LintMoment): boolean {
  if (!('trait' in a) || !('trait' in b) || a.trait !== b.trait) return false;
  if (a.unset === 'yes' && b.unset === 'yes') return false;
  return isConflict([comparisonOf(a), comparisonOf(b)], moment, { isList: false });
}

function findDuplicates(places: Place[]): Lint[] {
  const texts = places.map((one) => canonicalText(one.node));
  return places.flatMap((one, index) => {
    const first = texts.indexOf(texts[index]!);
    if (first === index) return [];
    const words = nodesOf(one.node) ? 'group' : 'condition';
    return [
      {
        kind: 'duplicate' as const,
        path: one.path.join('.'),
        message: `The same ${words} stands here twice.`,
        advice: 'Remove one of the two.',
      },
    ];
  });
}
