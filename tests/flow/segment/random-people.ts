import fc from 'fast-check';
import { EVENT_NAMES, scalarsAround } from './random-values.ts';

/** One invented person; times are minutes before the moment they were invented for, negative for what lies ahead. */
export type Invented = {
  traits: Record<string, unknown>;
  events: { name: string; minutesAgo: number; value: string | null; properties: Record<string, unknown> }[];
  consents: { channel: string; topic: string | null; state: string; minutesAgo: number | null }[];
  hasEmail: boolean;
};

/** Random people around a moment: their windows, trials and birthdays begin and end near it. */
export function peopleAround(at: Date): fc.Arbitrary<Invented> {
  const bag = bagsAround(at);
  return fc.record({
    traits: bag,
    events: fc.array(eventsWith(bag), { maxLength: 6 }),
    consents: fc.array(consents(), { maxLength: 4 }),
    hasEmail: fc.boolean(),
  });
}

function eventsWith(bag: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Invented['events'][number]> {
  return fc.record({
    name: fc.constantFrom(...EVENT_NAMES),
    minutesAgo: fc.oneof(
      fc.integer({ min: -3000, max: 90_000 }),
      fc.integer({ min: -300, max: 300 }),
      fc.constantFrom(0, 60, 1440, 10_080, 43_200, 1500),
    ),
    value: fc.constantFrom(null, '10', '0.1', '0.2', '-5', '99.999999'),
    properties: bag,
  });
}

function consents(): fc.Arbitrary<Invented['consents'][number]> {
  return fc.record({
    channel: fc.constantFrom('email', 'sms'),
    topic: fc.constantFrom(null, 'news', 'offers'),
    state: fc.constantFrom('granted', 'withdrawn'),
    minutesAgo: fc.constantFrom(null, 0, 60, 60, 100, 2000, -100),
  });
}

function bagsAround(at: Date): fc.Arbitrary<Record<string, unknown>> {
  const keys = fc.constantFrom('plan', 'a', 'a.b', 'items', 'ends', 'quote"$1', '__proto__x', 'größe');
  return fc.dictionary(keys, valuesOf(scalarsAround(at)), { maxKeys: 5 });
}

/** Single values mostly; also nothing, lists, objects and lists of objects. */
function valuesOf(scalar: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const inner = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }));
  return fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constantFrom(null, [], {}) },
    { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.record({ b: scalar, sku: scalar }, { requiredKeys: [] }) },
    {
      weight: 2,
      arbitrary: fc.array(fc.record({ b: scalar, sku: inner }, { requiredKeys: [] }), { maxLength: 3 }),
    },
  );
}
