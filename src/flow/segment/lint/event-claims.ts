import { comparisonOf } from '../rules/comparison.ts';
import type { EventConditions, EventLeaf } from '../rules/event.ts';
import { canonicalEvent } from '../rules/events.ts';
import type { Moment } from '../rules/moments.ts';
import { type Leaf, type Node, nodesOf } from '../rules/node.ts';
import { type Bounds, boundsOf, type Window } from '../rules/windows.ts';
import { canonicalText } from './canonical.ts';
import type { Claim, LintMoment, UsedWindow } from './claims.ts';
import {
  except,
  isImpossible,
  NOTHING,
  NUMBERS,
  only,
  orUnset,
  type Possible,
  point,
  type Range,
} from './possible.ts';
import { measureRange } from './ranges.ts';
import { isConflict } from './values.ts';

const AGGREGATES = ['sum', 'min', 'max', 'avg'] as const;
const COUNTS = only({ from: 0n, to: null });

type SequenceLeaf = Extract<Leaf, { sequence: unknown }>;
/** The events a condition looks at: of a name, like so, within a time. */
type Slice = EventConditions & { within?: Window | undefined };

/** How many there are, how much they come to, and so at least how many there are in any longer time. */
export function eventClaims(leaf: EventLeaf, moment: LintMoment, isDenied: boolean): Claim[] {
  const asked = measuredOf(leaf, canHappen(leaf, moment));
  const possible = isDenied ? asked.denied : asked.asserted;
  if (!possible) return [];
  return [
    { subject: `${asked.what}:${sliceText(leaf)}`, possible },
    ...atLeast(leaf, neededFor(asked.what, possible), moment),
  ];
}

/** Each step but a last one that must not come has happened at some time. */
export function sequenceClaims(leaf: SequenceLeaf, moment: LintMoment): Claim[] {
  return leaf.sequence.flatMap((step, index) => {
    if (step.not) return [];
    const slice = { ...step, within: index === 0 ? leaf.within : undefined };
    const isPossible = canHappen(slice, moment);
    return isPossible
      ? atLeast(slice, 1n, moment)
      : [{ subject: `count:${sliceText(slice)}`, possible: NOTHING }];
  });
}

/** No event up to the moment can lie in a time that begins after it, or that ends before it begins. */
export function isAfter({ from, to, fromIncluded }: Bounds, { asOf }: Moment): boolean {
  if (from === null) return false;
  return from > asOf.getTime() || (!fromIncluded && from === asOf.getTime()) || (to !== null && to <= from);
}

/** Every window over events in a rule. */
export function windowsOf(node: Node, moment: Moment): UsedWindow[] {
  const nodes = nodesOf(node);
  if (nodes) return nodes.flatMap((one) => windowsOf(one, moment));
  if (!('event' in node) || !node.within) return [];
  return [{ ...boundsOf(node.within, moment), within: node.within }];
}

export function canHappen(slice: Slice, moment: Moment): boolean {
  if (slice.within && isAfter(boundsOf(slice.within, moment), moment)) return false;
  return !Map.groupBy(slice.where ?? [], (one) => one.property)
    .entries()
    .some(([property, conditions]) => {
      const needsValue = conditions.filter((one) => one.unset !== 'yes' && one.op !== 'unset');
      const comparisons = conditions.map(comparisonOf);
      return needsValue.length > 0 && isConflict(comparisons, moment, { isList: property !== 'value' });
    });
}

type Asked = { what: string; asserted: Possible | null; denied: Possible | null };

function measuredOf(leaf: EventLeaf, isPossible: boolean): Asked {
  const kind = AGGREGATES.find((each) => leaf[each] !== undefined);
  if (leaf.first || leaf.last || kind === 'avg')
    return {
      what: leaf.first ? 'first' : leaf.last ? 'last' : 'avg',
      asserted: isPossible ? only(NUMBERS) : NOTHING,
      denied: null,
    };
  if (!kind) {
    const asked = measureRange(leaf.count ?? { op: 'gte', value: 1 }).flatMap(toWhole);
    return sided('count', isPossible ? COUNTS : only(point(0n)), only(...asked));
  }
  const { property, ...measure } = leaf[kind]!;
  const none = kind === 'sum' ? only(point(0n)) : orUnset(NOTHING);
  const any = kind === 'sum' ? only(NUMBERS) : orUnset(only(NUMBERS));
  return sided(`${kind} ${property}`, isPossible ? any : none, only(...measureRange(measure)));
}

function sided(what: string, domain: Possible, asked: Possible): Asked {
  const denied = except(domain, asked);
  return { what, asserted: except(domain, denied), denied };
}

/** Millionths to whole counts: at least 1.5 times is at least twice. */
function toWhole({ from, to }: Range): Range[] {
  const whole = { from: from === null ? null : ceil(from), to: to === null ? null : -ceil(-to) };
  return whole.from !== null && whole.to !== null && whole.from > whole.to ? [] : [whole];
}

function ceil(millionths: bigint): bigint {
  const down = millionths / 1_000_000n;
  return millionths > down * 1_000_000n ? down + 1n : down;
}

/** How many events there must be for a measure to be so. */
function neededFor(what: string, possible: Possible): bigint {
  if (isImpossible(possible) || possible.isUnsetPossible) return 0n;
  const [first] = possible.ranges;
  if (what === 'count') return first?.from ?? 0n;
  const isZeroPossible = possible.ranges.some(
    ({ from, to }) => (from === null || from <= 0n) && (to === null || to >= 0n),
  );
  return what.startsWith('sum') && isZeroPossible ? 0n : 1n;
}

/** So many of a slice are as many of every wider one: any time, a longer window, without the conditions, of any name. */
function atLeast(slice: Slice, count: bigint, moment: LintMoment): Claim[] {
  if (count <= 0n) return [];
  const event = canonicalEvent(slice.event);
  const own = slice.within ? boundsOf(slice.within, moment) : { from: null, to: null, fromIncluded: true };
  const longer = moment.windows.filter((one) => isLonger(one, own, moment));
  const withins = [undefined, slice.within, ...longer.map((one) => one.within)];
  const possible = only({ from: count, to: null });
  const wider = withins.flatMap((within) => [
    { event, where: slice.where, within },
    { event, within },
    { event: '*', within },
  ]);
  const subjects = new Set(wider.map((one) => `count:${sliceText(one)}`));
  return [...subjects].map((subject) => ({ subject, possible }));
}

/** Two windows that end together end alike only if they are of one kind: with their last instant, or without. */
function isLonger(one: UsedWindow, own: Bounds, { asOf }: Moment): boolean {
  const end = Math.min(own.to ?? asOf.getTime(), asOf.getTime());
  const startsBefore = one.from === null || (own.from !== null && one.from < own.from);
  const endsWith = one.to === own.to && one.fromIncluded === own.fromIncluded;
  return startsBefore && (one.to === null || one.to > end || endsWith);
}

function sliceText({ event, where, within }: Slice): string {
  const text = {
    event: canonicalEvent(event),
    ...(where?.length ? { where } : {}),
    ...(within ? { within } : {}),
  };
  return canonicalText(text as Leaf);
}
