import { z } from 'zod';
import { compare, measure } from './compare.ts';
import {
  checkComparison,
  checkMeasure,
  comparisonKeys,
  comparisonOf,
  measureKeys,
  name,
} from './comparison.ts';
import { eventEdges, propertyEdges } from './edges.ts';
import { aggregatedSql, endSql, happenedSql } from './event.sql.ts';
import { eventsOf } from './events.ts';
import type { Edge, Evidence, Kind, Span } from './kind.ts';
import type { Moment } from './moments.ts';
import type { PersonEvent } from './person.ts';
import { elementsOf, lookUp, numberOf, type Value } from './values.ts';
import { boundsOf, isWithin, type Window, window, windowWords } from './windows.ts';
import { comparisonWords, measureWords } from './words.ts';

const condition = z
  .strictObject({ property: name, ...comparisonKeys })
  .superRefine((given, context) => checkComparison(given, context));
const count = z.strictObject(measureKeys).superRefine(checkMeasure);
const measured = z.strictObject({ property: name, ...measureKeys }).superRefine(checkMeasure);

/** What an event must be, without how often: also a step of a sequence. */
export const eventKeys = { event: name, where: z.array(condition).max(20).optional() };
export type EventConditions = { event: string; where?: z.infer<typeof condition>[] | undefined };

const AGGREGATES = ['sum', 'avg', 'min', 'max'] as const;
const shape = z
  .strictObject({
    ...eventKeys,
    count: count.optional(),
    sum: measured.optional(),
    avg: measured.optional(),
    min: measured.optional(),
    max: measured.optional(),
    within: window.optional(),
    first: z.literal(true).optional(),
    last: z.literal(true).optional(),
  })
  .superRefine((leaf, context) => {
    const measures = ['count', ...AGGREGATES, 'first', 'last'].filter((key) => key in leaf);
    if (measures.length > 1)
      context.addIssue({
        code: 'custom',
        path: [measures[1]!],
        message: `Not together with "${measures[0]}".`,
      });
  })
  .meta({ title: 'EventRule' });
export type EventLeaf = z.infer<typeof shape>;
export type Measured = { kind: (typeof AGGREGATES)[number]; asked: z.infer<typeof measured> };

/** What the person did, how often, for how much, when; first and last time. */
export const event: Kind<EventLeaf> = {
  key: 'event',
  shape,
  holds: (leaf, person, setting) => {
    const known = eventsOf(person, leaf.event, setting);
    const chosen = leaf.first ? known.slice(0, 1) : leaf.last ? known.slice(-1) : known;
    return judge(
      leaf,
      chosen.filter((each) => isAsked(leaf, each, setting)),
    );
  },
  compile: (leaf, query) => {
    if (leaf.first || leaf.last) return endSql(leaf, query);
    const asked = aggregateOf(leaf);
    return asked ? aggregatedSql(leaf, asked, query) : happenedSql(leaf, countOf(leaf), query);
  },
  conditions: countConditions,
  edges: (leaf, span) => [
    ...eventEdges(leaf.event, leaf.within, span),
    ...whereEdges(leaf, leaf.within, span),
  ],
  words: (leaf) =>
    [eventWords(leaf), amountWords(leaf), leaf.within ? windowWords(leaf.within) : '']
      .filter(Boolean)
      .join(' '),
};

/** Do the `where` conditions hold for one event? */
export function holdWhere(asked: EventConditions, given: PersonEvent, moment: Moment): boolean {
  return (asked.where ?? []).every((each) =>
    compare(comparisonOf(each), propertyOf(given, each.property), moment),
  );
}

/** The event itself, and what it must be. */
export function countConditions(asked: EventConditions): number {
  return 1 + (asked.where?.length ?? 0);
}

/** Whom time moves by a date in a property of such an event. */
export function whereEdges(asked: EventConditions, within: Window | undefined, span: Span): Edge[] {
  return propertyEdges(asked.event, (asked.where ?? []).map(comparisonOf), within, span);
}

export function eventWords(asked: EventConditions): string {
  const conditions = (asked.where ?? []).map(
    (each) => `${each.property} ${comparisonWords(comparisonOf(each))}`,
  );
  const called = asked.event === '*' ? 'any event' : asked.event;
  return conditions.length ? `${called} (${conditions.join(' and ')})` : called;
}

function judge(leaf: EventLeaf, found: PersonEvent[]): { holds: boolean; evidence: Evidence } {
  const evidence: Evidence = { count: BigInt(found.length) * 1_000_000n };
  const newest = found.at(-1);
  if (newest) evidence.lastAt = new Date(newest.at).toISOString();
  const asked = aggregateOf(leaf);
  if (!asked)
    return { holds: leaf.first || leaf.last ? found.length > 0 : holdsCount(leaf, found.length), evidence };
  const numbers = found.flatMap((each) => numbersOf(propertyOf(each, asked.asked.property)));
  const sum = numbers.reduce((total, each) => total + each, 0n);
  evidence[asked.kind] = aggregateValue(asked.kind, numbers, sum);
  const holds =
    asked.kind === 'avg'
      ? measure(asked.asked, numbers.length ? sum : null, BigInt(numbers.length))
      : measure(asked.asked, aggregateValue(asked.kind, numbers, sum) ?? null);
  return { holds, evidence };
}

function aggregateValue(kind: Measured['kind'], numbers: bigint[], sum: bigint): bigint | undefined {
  if (kind === 'sum') return sum;
  if (numbers.length === 0) return undefined;
  if (kind === 'avg') return sum / BigInt(numbers.length);
  return numbers.reduce((best, each) => ((kind === 'min') === each < best ? each : best));
}

function isAsked(leaf: EventLeaf, given: PersonEvent, moment: Moment): boolean {
  return (
    (!leaf.within || isWithin(given.at, boundsOf(leaf.within, moment))) && holdWhere(leaf, given, moment)
  );
}

function propertyOf(given: PersonEvent, property: string): Value | undefined {
  return property === 'value' ? given.value : lookUp(given.properties, property);
}

function numbersOf(value: Value | undefined): bigint[] {
  return value === undefined ? [] : elementsOf(value).flatMap((each) => numberOf(each) ?? []);
}

function aggregateOf(leaf: EventLeaf): Measured | null {
  const kind = AGGREGATES.find((each) => leaf[each] !== undefined);
  return kind ? { kind, asked: leaf[kind]! } : null;
}

function countOf(leaf: EventLeaf) {
  return leaf.count ?? { op: 'gte' as const, value: 1 };
}

function holdsCount(leaf: EventLeaf, count: number): boolean {
  return measure(countOf(leaf), BigInt(count) * 1_000_000n);
}

function amountWords(leaf: EventLeaf): string {
  if (leaf.first) return 'for the first time';
  if (leaf.last) return 'for the last time';
  const asked = aggregateOf(leaf);
  if (asked) return `with ${asked.kind} of ${asked.asked.property} ${measureWords(asked.asked)}`;
  if (!leaf.count) return 'at least once';
  return `${measureWords(leaf.count)} ${Number(leaf.count.value) === 1 ? 'time' : 'times'}`;
}
