import type { Value } from './values.ts';

/** Everything rules may ask about one person, in memory. Times are milliseconds. */
export type Person = {
  id: string;
  traits: { [name: string]: Value };
  /** By fact name; moments are ISO texts. */
  facts: { [name: string]: Value };
  events: PersonEvent[];
  consents: PersonConsent[];
  /** Kinds: user_id, email, phone, anonymous_id, `source:<source id>`. */
  identifiers: { kind: string }[];
  /** Ids of sources with a record of the person (events are counted from `events`). */
  sources: string[];
  memberships: { segmentKey: string; enteredAt: number; leftAt: number | null }[];
};

export type PersonEvent = {
  id: string;
  name: string;
  at: number;
  sourceId: string;
  /** The money value, exact. */
  value: bigint | null;
  properties: { [name: string]: Value };
};

export type PersonConsent = {
  channel: string;
  topic: string | null;
  state: 'granted' | 'withdrawn';
  decidedAt: number | null;
  receivedAt: number;
};
