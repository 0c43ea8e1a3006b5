import type { IdentifierKey } from './kinds.ts';

/** An identifier of the component. `homeId`: the profile it was first put in; null for one never seen before. */
export type KnownIdentifier = { key: IdentifierKey; homeId: string | null; firstAt: Date };

/** Two identifiers that came in one record, whichever way round. `byUserId`: a person said that they are one. */
export type Link = {
  a: IdentifierKey;
  b: IdentifierKey;
  firstAt: Date;
  lastAt: Date;
  byUserId: string | null;
};

/** A person said: these two are not one. */
export type Parting = { a: IdentifierKey; b: IdentifierKey };

/** Everything that bears on one set of linked identifiers; the order of the lists means nothing. */
export type Component = {
  identifiers: KnownIdentifier[];
  links: Link[];
  partings: Parting[];
  /** When each home profile was created. */
  createdAt: Map<string, Date>;
};

export type Refusal = 'limit' | 'parted' | 'shared device';

/** A person: their identifiers, and the profile id they keep; null asks for a new one. */
export type Group = { profileId: string | null; members: IdentifierKey[]; isSharedDevice: boolean };

/** `taken` in the order they joined people, so that the ledger can name the cause. */
export type Resolution = { groups: Group[]; taken: Link[]; refused: Map<Link, Refusal> };
