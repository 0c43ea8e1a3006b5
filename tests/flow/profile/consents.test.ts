import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consentState } from '../../../src/flow/profile/consents.ts';

type Decision = Parameters<typeof consentState>[0][number];
const at = (day: number) => new Date(Date.UTC(2026, 0, day));
const decide = (
  state: 'granted' | 'withdrawn',
  decided: number | null,
  received = 20,
  topic: string | null = 'news',
): Decision => ({
  channel: 'email',
  topic,
  state,
  decidedAt: decided === null ? null : at(decided),
  receivedAt: at(received),
});
const stateOf = (...decisions: Decision[]) => consentState(decisions, 'email', 'news');

describe('what a person allows', () => {
  test('is unknown until they decided', () => expect(stateOf()).toBe('unknown'));

  test('is what they said last, whatever we heard last', () => {
    expect(stateOf(decide('granted', 5, 6), decide('withdrawn', 3, 9))).toBe('granted');
  });

  test('is no where they said both at once', () => {
    expect(stateOf(decide('withdrawn', 5), decide('granted', 5))).toBe('withdrawn');
    expect(stateOf(decide('granted', 5), decide('withdrawn', 5))).toBe('withdrawn');
  });

  test('counts an undated no from when we heard it, an undated yes as older than everything', () => {
    expect(stateOf(decide('granted', 5), decide('withdrawn', null, 8))).toBe('withdrawn');
    expect(stateOf(decide('granted', 9), decide('withdrawn', null, 8))).toBe('granted');
    expect(stateOf(decide('withdrawn', 1), decide('granted', null, 8))).toBe('withdrawn');
    expect(stateOf(decide('granted', null, 8))).toBe('granted');
  });

  test('of a topic is no while the whole channel is, whatever the topic says later', () => {
    const channel = decide('withdrawn', 5, 5, null);
    expect(stateOf(channel, decide('granted', 9))).toBe('withdrawn');
    expect(stateOf(channel, decide('granted', 6, 6, null), decide('withdrawn', 2))).toBe('withdrawn');
    expect(stateOf(channel, decide('granted', 6, 6, null))).toBe('granted');
  });

  test('never depends on the order we heard it in', () => {
    const decision = fc.record({
      channel: fc.constantFrom('email', 'sms'),
      topic: fc.constantFrom(null, 'news', 'offers'),
      state: fc.constantFrom('granted' as const, 'withdrawn' as const),
      decidedAt: fc.option(fc.integer({ min: 1, max: 9 }).map(at)),
      receivedAt: fc.integer({ min: 1, max: 9 }).map(at),
    });
    const shuffled = fc
      .array(decision, { maxLength: 8 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        for (const topic of [null, 'news', 'offers'])
          expect(consentState(other, 'email', topic)).toBe(consentState(list, 'email', topic));
      }),
    );
  });
});
