import { now } from '../../base/clock.ts';
import type { Scope } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import type { Resolution } from './component.ts';
import { gatherNeighbourhood, type Neighbourhood } from './gather.ts';
import {
  loadIdentifiers,
  type PlacedIdentifier,
  type StoredIdentifier,
  upsertIdentifiers,
  widenIdentifiers,
} from './identifiers.sql.ts';
import { type IdentifierKey, identifierOf } from './kinds.ts';
import { type StoredLink, upsertLinks } from './links.sql.ts';
import { type Move, moveEvents, moveRecords, writeLedger } from './merges.sql.ts';
import { findMoves, findRetired } from './moves.ts';
import { addLinks } from './new-links.ts';
import {
  findUnmadeProfiles,
  insertProfiles,
  recomputeSeenTimes,
  repointAliases,
  retireProfiles,
  reviveProfiles,
  widenSeenTimes,
} from './profiles.sql.ts';
import { resolve } from './resolve.ts';
import type { Evidence, SeenSpan } from './sightings.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Where the identifiers stand now, and what changed hands. */
export type Placement = {
  profileOf: Map<IdentifierKey, string>;
  moves: Move[];
  /** Profiles that events were moved to. */
  movedTo: string[];
  /** Profiles that this batch made: nothing stands on them yet. */
  made: Set<string>;
  /** Profiles whose identifiers are others than before. */
  changed: Set<string>;
};

/**
 * Takes in what a batch says of identifiers and links. Only the components of links that are new or earlier are
 * computed again: of a batch that names known people only, nothing but times is written. May run twice.
 */
export async function placeIdentifiers(scope: Scope, evidence: Evidence): Promise<Placement> {
  const { db, workspace } = scope;
  const stored = await loadIdentifiers(db, workspace.id, [...evidence.identifiers.values()]);
  const links = await addLinks(scope, evidence, stored);
  const fresh = new Map([...evidence.identifiers].filter(([key]) => !stored.has(key)));
  const seeds = fresh.keys();
  const found = await gatherNeighbourhood(db, {
    workspaceId: workspace.id,
    seeds,
    stored,
    fresh,
    links,
    devices: 'skip',
  });
  return await settle(scope, found, evidence.identifiers);
}

/** Works out who is who in a neighbourhood and writes what is different from before. */
export async function settle(
  scope: Scope,
  { component, stored }: Neighbourhood,
  seen: Map<IdentifierKey, SeenSpan>,
): Promise<Placement> {
  const resolution = resolve(component);
  const settled = nameProfiles(resolution);
  for (const [key, row] of stored) if (!settled.profileOf.has(key)) settled.profileOf.set(key, row.profileId);
  const moves = findMoves(resolution, { stored, after: settled.profileOf });
  await writeProfiles(scope, settled, { stored, seen });
  await writeIdentifiers(scope, settled, { stored, seen });
  await writeRefusals(scope, component.links, resolution);
  const movedTo = await followMoves(scope, moves);
  await widenSeenTimes(scope.db, scope.workspace.id, spansOfKnown(settled, { stored, seen }));
  const made = new Set(settled.made.keys());
  for (const { toProfileId } of moves) made.delete(toProfileId);
  const changed = new Set([
    ...settled.made.keys(),
    ...moves.flatMap((move) => [move.fromProfileId, move.toProfileId]),
  ]);
  return { profileOf: settled.profileOf, moves, movedTo, made, changed };
}

/** Shared devices get their profile when the first thing stands on it; called once the batch is written. */
export async function makeDeviceProfiles({ db, workspace }: Scope, ids: Iterable<string>): Promise<void> {
  const unmade = await findUnmadeProfiles(db, workspace.id, [...new Set(ids)]);
  await insertProfiles(db, workspace.id, unmade, now());
}

type Settled = {
  profileOf: Map<IdentifierKey, string>;
  made: Map<string, IdentifierKey[]>;
  deviceIds: Set<string>;
};
type Known = { stored: Map<IdentifierKey, StoredIdentifier>; seen: Map<IdentifierKey, SeenSpan> };

function nameProfiles({ groups }: Resolution): Settled {
  const settled: Settled = { profileOf: new Map(), made: new Map(), deviceIds: new Set() };
  for (const { profileId, members, isSharedDevice } of groups) {
    const id = profileId ?? newId(now());
    if (profileId === null) settled.made.set(id, members);
    if (isSharedDevice) settled.deviceIds.add(id);
    for (const key of members) settled.profileOf.set(key, id);
  }
  return settled;
}

async function writeProfiles({ db, workspace }: Scope, settled: Settled, known: Known): Promise<void> {
  const made = [...settled.made].filter(([id]) => !settled.deviceIds.has(id));
  const rows = made.map(([id, members]) => ({ id, ...spanOf(members, known) }));
  await insertProfiles(db, workspace.id, rows, now());
}

function spanOf(members: IdentifierKey[], { stored, seen }: Known): { firstAt: Date; lastAt: Date } {
  const spans = members
    .flatMap((key) => [stored.get(key), seen.get(key)])
    .filter((span) => span !== undefined);
  return {
    firstAt: new Date(Math.min(...spans.map(({ firstAt }) => firstAt.getTime()))),
    lastAt: new Date(Math.max(...spans.map(({ lastAt }) => lastAt.getTime()))),
  };
}

/** New ones, ones that changed hands or have a new home because theirs went to somebody else; else only times. */
async function writeIdentifiers({ db, workspace }: Scope, settled: Settled, known: Known): Promise<void> {
  const placed = [...settled.profileOf.keys()].flatMap((key) => placeOne(key, settled, known) ?? []);
  await upsertIdentifiers(db, workspace.id, placed);
  const again = [...known.seen].flatMap(([key, span]) => {
    const before = known.stored.get(key);
    return before && isNews(span, before) ? [span] : [];
  });
  await widenIdentifiers(db, workspace.id, again);
}

/** The profile keeps the exact time; of an identifier a day more is enough, or each event would rewrite it. */
function isNews(span: SeenSpan, before: StoredIdentifier): boolean {
  return span.firstAt < before.firstAt || span.lastAt.getTime() - before.lastAt.getTime() > DAY_MS;
}

function placeOne(
  key: IdentifierKey,
  { profileOf, made }: Settled,
  { stored, seen }: Known,
): PlacedIdentifier | null {
  const profileId = profileOf.get(key)!;
  const before = stored.get(key);
  const homeId = !before || made.has(profileId) ? profileId : before.homeId;
  if (before && before.profileId === profileId && before.homeId === homeId) return null;
  const { firstAt, lastAt } = before ?? seen.get(key)!;
  const { kind, value } = identifierOf(key);
  const { given, sourceId } = seen.get(key) ?? { given: value, sourceId: null };
  return { kind, value, given, sourceId, profileId, homeId, firstAt, lastAt };
}

/** Refused links are kept and shown as conflicts; one may be taken later, when a limit no longer stands in its way. */
async function writeRefusals(
  { db, workspace }: Scope,
  links: StoredLink[],
  { refused }: Resolution,
): Promise<void> {
  const turned = links.flatMap((link) => {
    const reason = refused.get(link) ?? null;
    return reason === link.refused ? [] : [{ ...link, refused: reason }];
  });
  await upsertLinks(db, workspace.id, turned);
}

async function followMoves({ db, workspace }: Scope, moves: Move[]): Promise<string[]> {
  if (moves.length === 0) return [];
  await reviveWithAliases({ db, workspace }, [...new Set(moves.map(({ toProfileId }) => toProfileId))]);
  await retireProfiles(db, workspace.id, findRetired(moves));
  await writeLedger(db, workspace.id, moves, now());
  const movedTo = await moveEvents(db, workspace.id, moves);
  await moveRecords(db, workspace.id, moves);
  await recomputeSeenTimes(db, workspace.id, [
    ...new Set(moves.flatMap((move) => [move.fromProfileId, move.toProfileId])),
  ]);
  return movedTo;
}

/** A profile that stands alone again takes back the ids that had led to it. */
async function reviveWithAliases({ db, workspace }: Scope, ids: string[]): Promise<void> {
  const revived = await reviveProfiles(db, workspace.id, ids);
  let parents = revived.map((id) => ({ id, root: id }));
  while (parents.length > 0) parents = await repointAliases(db, workspace.id, parents);
}

/** First and last sighting of each profile that was there before. */
function spansOfKnown({ profileOf, made }: Settled, { seen }: Known) {
  const keys = [...seen.keys()].filter((key) => !made.has(profileOf.get(key)!));
  const known = Map.groupBy(keys, (key) => profileOf.get(key)!);
  return [...known].map(([id, members]) => ({ id, ...spanOf(members, { stored: new Map(), seen }) }));
}
