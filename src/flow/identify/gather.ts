import type { Db } from '../../db/pool.ts';
import type { Component } from './component.ts';
import { loadIdentifiers, type StoredIdentifier } from './identifiers.sql.ts';
import { type IdentifierKey, identifierOf } from './kinds.ts';
import { loadLinksAt, loadPartings, pairOf, type StoredLink } from './links.sql.ts';
import { loadCreationTimes } from './profiles.sql.ts';

/** The components around some identifiers, as stored, and what the batch adds to them. */
export type Neighbourhood = {
  component: Component & { links: StoredLink[] };
  stored: Map<IdentifierKey, StoredIdentifier>;
};

type Beginning = {
  workspaceId: string;
  /** Identifiers whose links are new or changed. */
  seeds: Iterable<IdentifierKey>;
  /** What is known already of identifiers; the rest is looked up. */
  stored: Map<IdentifierKey, StoredIdentifier>;
  /** Identifiers that are in no table yet: nothing can be found at them. */
  fresh: Map<IdentifierKey, { firstAt: Date }>;
  links: StoredLink[];
  devices: 'skip' | 'follow';
};

/** Walks the links outwards from the seeds, one query a step for all of them together. */
export async function gatherNeighbourhood(db: Db, beginning: Beginning): Promise<Neighbourhood> {
  const { workspaceId, fresh } = beginning;
  const reached = await walk(db, beginning);
  const stored = new Map(beginning.stored);
  const missing = [...reached.nodes].filter((key) => !stored.has(key) && !fresh.has(key));
  for (const [key, row] of await loadIdentifiers(db, workspaceId, missing.map(identifierOf)))
    stored.set(key, row);
  const identifiers = [...reached.nodes].map((key) => ({
    key,
    homeId: stored.get(key)?.homeId ?? null,
    firstAt: stored.get(key)?.firstAt ?? fresh.get(key)!.firstAt,
  }));
  const homes = new Set(identifiers.flatMap(({ homeId }) => (homeId ? [homeId] : [])));
  const createdAt = await loadCreationTimes(db, workspaceId, [...homes]);
  const partings = (await loadPartings(db, workspaceId)).filter(
    ({ a, b }) => reached.nodes.has(a) && reached.nodes.has(b),
  );
  return { component: { identifiers, links: [...reached.links.values()], partings, createdAt }, stored };
}

async function walk(db: Db, { workspaceId, seeds, fresh, links: given, devices }: Beginning) {
  const nodes = new Set(seeds);
  const links = new Map(given.map((link) => [pairOf(link.a, link.b).pair, link]));
  for (const { a, b } of given) nodes.add(a).add(b);
  let frontier = [...nodes].filter((key) => !fresh.has(key));
  while (frontier.length > 0) {
    const before = new Set(nodes);
    for (const link of await loadLinksAt(db, workspaceId, frontier.map(identifierOf), devices)) {
      links.set(pairOf(link.a, link.b).pair, link);
      nodes.add(link.a).add(link.b);
    }
    frontier = [...nodes].filter((key) => !before.has(key) && !fresh.has(key));
  }
  return { nodes, links };
}
