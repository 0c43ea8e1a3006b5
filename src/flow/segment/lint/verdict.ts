import type { Leaf, Node } from '../rules/node.ts';
import { nodesOf } from '../rules/node.ts';
import { type Claim, claimsOf, type Demand, type LintMoment } from './claims.ts';
import { both, either, isImpossible, type Possible } from './possible.ts';
import { isConflict } from './values.ts';

/** What must be so for a rule to hold; null: it cannot. */
type Needs = { claims: Map<string, Possible>; demands: Demand[] } | null;

/** Sure to hold for nobody, whoever there is. */
export function isNever(node: Node, moment: LintMoment): boolean {
  return needsOf(node, moment, false) === null;
}

/** Sure to hold for everybody. */
export function isAlways(node: Node, moment: LintMoment): boolean {
  return needsOf(node, moment, true) === null;
}

/** Sure that no one person satisfies both. */
export function areExclusive(a: Node, b: Node, moment: LintMoment): boolean {
  return isNever({ all: [a, b] }, moment);
}

function needsOf(node: Node, moment: LintMoment, isDenied: boolean): Needs {
  const nodes = nodesOf(node);
  if (!nodes) {
    const { claims, demands } = claimsOf(node as Leaf, moment, isDenied);
    return meet([{ claims: together(claims), demands }], moment);
  }
  const asksDenied = 'none' in node ? !isDenied : isDenied;
  const each = nodes.map((one) => needsOf(one, moment, asksDenied));
  return atLeast(wantedOf(node, nodes.length, isDenied), each, moment);
}

/** How many must hold, or when denied must not hold, for the group to hold, or not to hold. */
function wantedOf(node: Node, total: number, isDenied: boolean): number {
  if ('any' in node) return isDenied ? total : 1;
  if ('atLeast' in node) return isDenied ? total - node.atLeast + 1 : node.atLeast;
  return isDenied ? 1 : total;
}

function atLeast(wanted: number, each: Needs[], moment: LintMoment): Needs {
  const alive = each.filter((one) => one !== null);
  if (wanted <= 0) return { claims: new Map(), demands: [] };
  if (alive.length < wanted) return null;
  return alive.length === wanted ? meet(alive, moment) : { claims: join(alive), demands: [] };
}

function meet(all: NonNullable<Needs>[], moment: LintMoment): Needs {
  const claims = together(
    all.flatMap((one) => [...one.claims].map(([subject, possible]) => ({ subject, possible }))),
  );
  const demands = all.flatMap((one) => one.demands);
  if ([...claims.values()].some(isImpossible)) return null;
  const bySubject = Map.groupBy(demands, ({ subject }) => subject);
  return [...bySubject.values()].some((some) => areAtOdds(some, moment)) ? null : { claims, demands };
}

/** Whoever has no value passes only where every comparison lets them in. */
function areAtOdds(demands: Demand[], moment: LintMoment): boolean {
  const needsValue = demands.some(({ comparison }) => comparison.unset !== 'yes');
  const comparisons = demands.map(({ comparison }) => comparison);
  return needsValue && isConflict(comparisons, moment, { isList: demands.some(({ isList }) => isList) });
}

function together(claims: Claim[]): Map<string, Possible> {
  const found = new Map<string, Possible>();
  for (const { subject, possible } of claims) {
    const known = found.get(subject);
    found.set(subject, known ? both(known, possible) : possible);
  }
  return found;
}

/** One of them holds, nobody knows which: sure is only what each of them says something about. */
function join([first, ...rest]: NonNullable<Needs>[]): Map<string, Possible> {
  const shared = [...(first?.claims ?? [])].flatMap(([subject, possible]) => {
    const others = rest.map((one) => one.claims.get(subject));
    return others.every((one) => one !== undefined)
      ? [[subject, others.reduce(either, possible)] as const]
      : [];
  });
  return new Map(shared);
}
