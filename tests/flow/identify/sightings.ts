import type { Component, KnownIdentifier, Link } from '../../../src/flow/identify/component.ts';
import { compareText, type IdentifierKey, keyOf } from '../../../src/flow/identify/kinds.ts';
import { resolve } from '../../../src/flow/identify/resolve.ts';

/** One record as the pure function sees it: who it names, and when. */
export type Sighting = { at: string; ids: Record<string, string> };

/** What a list of sightings adds up to, in the order given, as identify gathers it. */
export function gather(sightings: Sighting[]): Component {
  const identifiers = new Map<IdentifierKey, KnownIdentifier>();
  const links = new Map<string, Link>();
  for (const { at, ids } of sightings) {
    const keys = Object.entries(ids).map(([kind, value]) => keyOf({ kind, value }));
    for (const key of keys) addIdentifier(identifiers, key, new Date(at));
    for (const a of keys) for (const b of keys) if (a < b) addLink(links, a, b, new Date(at));
  }
  return {
    identifiers: [...identifiers.values()],
    links: [...links.values()],
    partings: [],
    createdAt: new Map(),
  };
}

/** The people of some sightings: each a sorted list of `kind value`, sorted. */
export function peopleOf(component: Component): string[][] {
  return resolve(component)
    .groups.map(({ members }) => members.map((key) => key.replace('\u0000', ' ')))
    .sort((a, b) => compareText(a[0]!, b[0]!));
}

function addIdentifier(identifiers: Map<IdentifierKey, KnownIdentifier>, key: IdentifierKey, at: Date): void {
  const known = identifiers.get(key);
  const firstAt = known && known.firstAt < at ? known.firstAt : at;
  identifiers.set(key, { key, homeId: null, firstAt });
}

function addLink(links: Map<string, Link>, a: IdentifierKey, b: IdentifierKey, at: Date): void {
  const known = links.get(`${a}|${b}`);
  const firstAt = known && known.firstAt < at ? known.firstAt : at;
  const lastAt = known && known.lastAt > at ? known.lastAt : at;
  links.set(`${a}|${b}`, { a, b, firstAt, lastAt, byUserId: null });
}
