import { DENIED } from '../rules/compare.ts';
import { type Comparison, comparisonOf } from '../rules/comparison.ts';
import { FACTS } from '../rules/fact-names.ts';
import type { Titles } from '../rules/kind.ts';
import type { Moment } from '../rules/moments.ts';
import type { Leaf } from '../rules/node.ts';
import { toMillionths } from '../rules/values.ts';
import { type Bounds, boundsOf, type Window } from '../rules/windows.ts';
import { canonicalText } from './canonical.ts';
import { eventClaims, isAfter, sequenceClaims } from './event-claims.ts';
import { factClaims } from './fact-claims.ts';
import { except, NOTHING, only, orUnset, type Possible, point } from './possible.ts';
import { isConflict } from './values.ts';

/** What must be so about one thing: `fact:orders` is among 3, 4, 5 and so on. */
export type Claim = { subject: string; possible: Possible };
/** `value:trait:plan` has to satisfy this comparison too. */
export type Demand = { subject: string; comparison: Comparison; isList: boolean };
export type Claims = { claims: Claim[]; demands: Demand[] };

/** What a condition says must be so when it holds, and when it does not. Never more than is sure. */
export function claimsOf(leaf: Leaf, moment: LintMoment, isDenied: boolean): Claims {
  const found = kindClaims(leaf, moment, isDenied);
  const itself = { subject: `is:${canonicalText(leaf)}`, possible: only(point(isDenied ? 0n : 1n)) };
  return { ...found, claims: [itself, ...found.claims] };
}

/** The moment, and the windows that occur in the rule: what happened in a shorter one happened in a longer one. */
export type LintMoment = Moment & { windows: UsedWindow[]; titles?: Titles | undefined };
export type UsedWindow = Bounds & { within: Window };

function kindClaims(leaf: Leaf, moment: LintMoment, isDenied: boolean): Claims {
  if ('trait' in leaf)
    return comparedClaims(`trait:${leaf.trait}`, comparisonOf(leaf), { isDenied, isList: true }, moment);
  if ('fact' in leaf) {
    if (FACTS[leaf.fact].type === 'text')
      return comparedClaims(`fact:${leaf.fact}`, comparisonOf(leaf), { isDenied, isList: false }, moment);
    return { claims: factClaims(leaf.fact, comparisonOf(leaf), moment, isDenied), demands: [] };
  }
  return { claims: otherClaims(leaf, moment, isDenied), demands: [] };
}

function otherClaims(leaf: Leaf, moment: LintMoment, isDenied: boolean): Claim[] {
  if ('event' in leaf) return eventClaims(leaf, moment, isDenied);
  if ('sequence' in leaf) return isDenied ? [] : sequenceClaims(leaf, moment);
  if ('segment' in leaf) return segmentClaims(leaf, moment, isDenied);
  if ('consent' in leaf)
    return oneOf(
      `consent:${leaf.consent}|${leaf.topic ?? ''}`,
      ['granted', 'withdrawn', 'unknown'],
      leaf.is,
      isDenied,
    );
  if ('identifier' in leaf)
    return oneOf(`identifier:${leaf.identifier}`, ['present', 'absent'], leaf.is, isDenied);
  if ('source' in leaf) return oneOf(`source:${leaf.source}`, ['seen', 'not seen'], leaf.is, isDenied);
  return 'bucket' in leaf ? bucketClaims(leaf.bucket, isDenied) : [];
}

/** Exactly one of these is so of everyone. */
function oneOf(subject: string, words: string[], said: string, isDenied: boolean): Claim[] {
  const tokens = words.flatMap((word, index) => ((word === said) === isDenied ? [] : [point(BigInt(index))]));
  return [{ subject, possible: only(...tokens) }];
}

const MATCHES = point(1n);
const DIFFERS = point(2n);

/** A value matches, differs or is not set; `is` and `is not` are two sides of one question. */
function comparedClaims(
  subject: string,
  comparison: Comparison,
  { isDenied, isList }: { isDenied: boolean; isList: boolean },
  moment: Moment,
): Claims {
  const isSet = { subject: `${subject}|set`, possible: only(MATCHES) };
  const isNotSet = { subject: `${subject}|set`, possible: orUnset(NOTHING) };
  if (comparison.op === 'set' || comparison.op === 'unset')
    return { claims: [(comparison.op === 'set') === isDenied ? isNotSet : isSet], demands: [] };
  const denial = DENIED[comparison.op];
  const positive = { ...comparison, op: denial ?? comparison.op, unset: undefined } as Comparison;
  const matches = isConflict([positive], moment, { isList }) ? NOTHING : only(MATCHES);
  const said = denial ? only(DIFFERS) : matches;
  const asserted = comparison.unset === 'yes' ? orUnset(said) : said;
  const domain = orUnset(only(...matches.ranges, DIFFERS));
  const question = canonicalText({ trait: subject, ...positive } as Leaf);
  const possible = isDenied ? except(domain, asserted) : asserted;
  return {
    claims: [{ subject: question, possible }, ...(possible.isUnsetPossible ? [] : [isSet])],
    demands: demandsOf(subject, comparison, { isDenied, isList }),
  };
}

const OPPOSITE: Partial<Record<Comparison['op'], Comparison['op']>> = {
  eq: 'ne',
  ne: 'eq',
  in: 'notIn',
  notIn: 'in',
  contains: 'notContains',
  notContains: 'contains',
};

/** Denied, `is` becomes `is not`, and lets in who has no value; what has no opposite demands nothing. */
function demandsOf(
  subject: string,
  comparison: Comparison,
  { isDenied, isList }: { isDenied: boolean; isList: boolean },
): Demand[] {
  const op = isDenied ? OPPOSITE[comparison.op] : comparison.op;
  const unset = (comparison.unset === 'yes') === isDenied ? 'no' : 'yes';
  return op ? [{ subject, comparison: { ...comparison, op, unset } as Comparison, isList }] : [];
}

type SegmentLeaf = Extract<Leaf, { segment: string }>;

function segmentClaims(leaf: SegmentLeaf, moment: Moment, isDenied: boolean): Claim[] {
  const subject = `segment:${leaf.segment}`;
  const isLate = leaf.entered !== undefined && isAfter(boundsOf(leaf.entered, moment), moment);
  if (isLate) return isDenied ? [] : [{ subject, possible: NOTHING }];
  if (leaf.for === undefined && leaf.entered === undefined)
    return oneOf(subject, ['in', 'out'], leaf.is, isDenied);
  return isDenied ? [] : oneOf(subject, ['in', 'out'], leaf.is, false);
}

/** Buckets are cut finer than a millionth of a percent: at least ten to the tenth parts of one. */
function bucketClaims([from, to]: [number, number], isDenied: boolean): Claim[] {
  const [start, end] = [from, to].map((each) => toMillionths(String(each)) * 10_000n) as [bigint, bigint];
  const domain = only({ from: 0n, to: 1_000_000_000_000n - 1n });
  const possible = start < end ? only({ from: start, to: end - 1n }) : NOTHING;
  return [{ subject: 'bucket', possible: isDenied ? except(domain, possible) : possible }];
}
