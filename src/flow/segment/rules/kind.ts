import type { SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { Issue } from '../../../base/errors.ts';
import type { Moment } from './moments.ts';
import type { Person } from './person.ts';
import type { Properties } from './property.sql.ts';
import type { Value } from './values.ts';

/**
 * A rule kind: one kind of condition, one file. Its words are checked by `shape`, and said in memory, in SQL and
 * to people; a new kind is a new file and a line in kinds.ts.
 */
export type Kind<Leaf> = {
  /** The key that tells the kind: `trait`, `event`. */
  key: string;
  shape: z.ZodType<Leaf>;
  /** What only the workspace knows: an unknown segment, an unknown source. Paths are within the leaf. */
  check?: (leaf: Leaf, known: Known) => Issue[];
  holds: (leaf: Leaf, person: Person, setting: Setting) => Finding;
  /** A boolean expression that is never null, over the person `p` of the query. */
  compile: (leaf: Leaf, query: Query) => SQL;
  /** How many conditions a leaf holds, where that may be more than one. */
  conditions?: (leaf: Leaf) => number;
  /** Its SQL looks at rows in an order: PostgreSQL does not share such a query among processes. */
  isOrdered?: true;
  /** Whom the passing of time alone may move between two moments. */
  edges: (leaf: Leaf, span: Span) => Edge[];
  /** "ordered 3 times or more in the last 90 days" */
  words: (leaf: Leaf, titles?: Titles) => string;
};

/** What a workspace has, by the keys that rules use. */
export type Known = { zone: string; segments: Set<string>; sources: Map<string, string> };

/** What segments and sources are called, by key; without it a sentence names the key. */
export type Titles = { segments: Map<string, string>; sources: Map<string, string> };

/** `“Big spenders”`, or the key where nobody said what it is called. */
export function titleOf(key: string, titles: Map<string, string> | undefined): string {
  const title = titles?.get(key);
  return title === undefined ? key : `“${title}”`;
}

/** What evaluation in memory knows beside the person. */
export type Setting = Moment & { known: Known };

export type Finding = { holds: boolean; evidence?: Evidence };
export type Evidence = { [key: string]: Value | undefined };

export type Span = { before: Moment; after: Moment; known: Known };

/** A range of instants, both ends included, in which something of a person brings them up for evaluation. */
export type Range = { from: number; to: number };
export type Edge =
  | { type: 'events'; event: string; ranges: Range[] }
  | { type: 'fact' | 'trait'; name: string; ranges: Range[] }
  | { type: 'anniversary'; of: 'fact' | 'trait'; name: string; days: number[] }
  | { type: 'memberships'; segment: string; end: 'entered' | 'left'; ranges: Range[] }
  | { type: 'consents'; ranges: Range[] };

/** What SQL is compiled against. */
export type Query = Moment & {
  known: Known;
  workspaceId: string;
  /** Some people by name are looked at, not everyone. */
  isOfFew: boolean;
  /** `and profile_id in …`: restricts a per-person subquery to the people looked at; empty when that is everyone. */
  among: (profileId: SQL) => SQL;
  /** Joins a subquery with one row or none a `profile_id`; gives its alias. */
  join: (subquery: SQL) => SQL;
  /**
   * A column over the events `e` of a person, whose properties are read by what is given. All columns of one event
   * name are computed in one pass; equal keys share a column.
   */
  aggregate: (pass: EventPass, key: string, column: (properties: Properties) => Aggregate) => SQL;
  /** Ids of an event's name; none when it never came. */
  nameId: (event: string) => number | null;
  trait: Properties;
  facts: SQL;
  /** A subquery of rows (profile_id, entered_at, left_at) of a segment, as this query should see them. */
  memberships: (segmentKey: string) => SQL;
};

/** `sum(e.value)`, of the events that meet the conditions. */
export type Aggregate = { value: SQL; conditions: SQL[] };

/** Which events a pass reads; `from` is the earliest instant its column needs. */
export type EventPass = { event: string; from: number | null; needsProperties: boolean };
