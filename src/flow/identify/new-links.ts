import type { Scope } from '../../db/doors.ts';
import type { StoredIdentifier } from './identifiers.sql.ts';
import { type IdentifierKey, identifierOf } from './kinds.ts';
import { findSharedDevices, loadPairs, pairOf, type StoredLink, upsertLinks } from './links.sql.ts';
import type { Evidence, SeenLink } from './sightings.ts';

const DAY_MS = 24 * 3600 * 1000;

/**
 * Keeps the links of a batch. Returns those that may change who is who: new ones, ones seen earlier than known,
 * and those of phones, whose last time counts too. Links of devices known to be shared join nobody.
 */
export async function addLinks(
  { db, workspace }: Scope,
  evidence: Evidence,
  known: Map<IdentifierKey, StoredIdentifier>,
): Promise<StoredLink[]> {
  const seen = [...evidence.links.values()];
  const old = seen.filter(({ a, b }) => known.has(a) && known.has(b));
  const stored = new Map(
    (await loadPairs(db, workspace.id, old)).map((link) => [pairOf(link.a, link.b).pair, link]),
  );
  const devices = await findSharedDevices(db, workspace.id, listDevices(seen, known));
  const isShared = (link: SeenLink) =>
    [link.a, link.b].some((key) => isDevice(key) && devices.has(identifierOf(key).value));
  const changed = seen.flatMap((link) => {
    const before = stored.get(pairOf(link.a, link.b).pair);
    if (before && !isNews(link, before)) return [];
    return [{ link: widen(link, before, isShared(link)), joins: !before || canRejoin(link, before) }];
  });
  await upsertLinks(
    db,
    workspace.id,
    changed.map(({ link }) => link),
  );
  return changed
    .filter(({ link, joins }) => joins && link.refused !== 'shared device')
    .map(({ link }) => link);
}

/** The last time of a link matters for phones only; for others a day more is enough to write it down. */
function isNews(link: SeenLink, before: StoredLink): boolean {
  const later = link.lastAt.getTime() - before.lastAt.getTime();
  return link.firstAt < before.firstAt || later > (hasPhone(link) ? 0 : DAY_MS);
}

function canRejoin(link: SeenLink, before: StoredLink): boolean {
  return link.firstAt < before.firstAt || hasPhone(link);
}

function widen(link: SeenLink, before: StoredLink | undefined, isShared: boolean): StoredLink {
  return {
    ...link,
    firstAt: before && before.firstAt < link.firstAt ? before.firstAt : link.firstAt,
    lastAt: before && before.lastAt > link.lastAt ? before.lastAt : link.lastAt,
    sourceId: before?.sourceId ?? link.sourceId,
    byUserId: before?.byUserId ?? null,
    refused: isShared ? 'shared device' : (before?.refused ?? null),
  };
}

function listDevices(links: SeenLink[], known: Map<IdentifierKey, StoredIdentifier>): string[] {
  const ends = links.flatMap(({ a, b }) => [a, b]).filter((key) => isDevice(key) && known.has(key));
  return [...new Set(ends)].map((key) => identifierOf(key).value);
}

function isDevice(key: IdentifierKey): boolean {
  return identifierOf(key).kind === 'anonymous_id';
}

function hasPhone({ a, b }: SeenLink): boolean {
  return [a, b].some((key) => identifierOf(key).kind === 'phone');
}
