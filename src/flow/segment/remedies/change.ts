import type { Setting, Titles } from '../rules/kind.ts';
import type { Person, PersonEvent } from '../rules/person.ts';
import type { Value } from '../rules/values.ts';
import { factsAfter } from './facts.ts';

/** Something that could come to be of a person, from the present moment on. */
export type Change =
  | {
      type: 'event';
      name: string;
      times: number;
      value: bigint | null;
      properties: { [name: string]: Value };
    }
  | { type: 'trait' | 'fact'; name: string; value: Value }
  | { type: 'consent'; channel: string; topic: string | null; state: 'granted' | 'withdrawn' }
  | { type: 'identifier'; kind: string }
  | { type: 'source'; sourceId: string }
  | { type: 'membership'; segment: string; is: 'in' | 'out' }
  | { type: 'wait'; until: number };

/** A person at a moment: what a rule is evaluated over; `titles` only for the words about it. */
export type Situation = { person: Person; setting: Setting; titles?: Titles | undefined };

/**
 * The person as they would be after the changes, one after another. Each happens a millisecond after the one before,
 * so that steps of a sequence are later than each other; a wait moves the moment on.
 */
export function applyChanges(situation: Situation, changes: Change[]): Situation {
  return changes.reduce(applyChange, situation);
}

function applyChange(situation: Situation, change: Change): Situation {
  if (change.type === 'wait') {
    const later = Math.max(change.until, situation.setting.asOf.getTime());
    return { ...situation, setting: { ...situation.setting, asOf: new Date(later) } };
  }
  if (change.type === 'event')
    return Array.from({ length: change.times }).reduce<Situation>((now) => happen(now, change), situation);
  const next = tick(situation);
  return { ...next, person: changed(next, change) };
}

function tick({ person, setting }: Situation): Situation {
  return { person, setting: { ...setting, asOf: new Date(setting.asOf.getTime() + 1) } };
}

function happen(situation: Situation, change: Extract<Change, { type: 'event' }>): Situation {
  const { person, setting } = tick(situation);
  const at = setting.asOf.getTime();
  const event: PersonEvent = {
    id: `ffffffff-ffff-8fff-bfff-${String(person.events.length).padStart(12, '0')}`,
    name: change.name,
    at,
    sourceId: '',
    value: change.value,
    properties: change.properties,
  };
  const facts = factsAfter(person, event);
  return { setting, person: { ...person, facts, events: [...person.events, event] } };
}

function changed(
  { person, setting }: Situation,
  change: Exclude<Change, { type: 'wait' | 'event' }>,
): Person {
  const at = setting.asOf.getTime();
  switch (change.type) {
    case 'trait':
      return { ...person, traits: { ...person.traits, [change.name]: change.value } };
    case 'fact':
      return { ...person, facts: { ...person.facts, [change.name]: change.value } };
    case 'consent': {
      const { channel, topic, state } = change;
      const decision = { channel, topic, state, decidedAt: at, receivedAt: at };
      return { ...person, consents: [...person.consents, decision] };
    }
    case 'identifier':
      return { ...person, identifiers: [...person.identifiers, { kind: change.kind }] };
    case 'source':
      return { ...person, sources: [...person.sources, change.sourceId] };
    case 'membership':
      return { ...person, memberships: moved(person, change, at) };
  }
}

function moved(person: Person, change: Extract<Change, { type: 'membership' }>, at: number) {
  const isOpen = (each: Person['memberships'][number]) =>
    each.segmentKey === change.segment && (each.leftAt === null || each.leftAt > at);
  const others = person.memberships.map((each) => (isOpen(each) ? { ...each, leftAt: at } : each));
  return change.is === 'out'
    ? others
    : [...others, { segmentKey: change.segment, enteredAt: at, leftAt: null }];
}
