import { now } from '../../base/clock.ts';
import { Conflict, NotFound } from '../../base/errors.ts';
import type { Scope } from '../../db/doors.ts';
import { bothWays, deletePartings, insertPartings, loadFormerIds, withdrawLinks } from './by-hand.sql.ts';
import type { Parting } from './component.ts';
import { gatherNeighbourhood, type Neighbourhood } from './gather.ts';
import { loadIdentifiersOf, type PlacedIdentifier } from './identifiers.sql.ts';
import { compareStrength, type IdentifierKey, keyOf } from './kinds.ts';
import { loadLinksAt, pairOf, type StoredLink, upsertLinks } from './links.sql.ts';
import { type Placement, settle } from './place.ts';
import { resolve } from './resolve.ts';

/** Where no colleague is signed in: the command line. */
export const COMMAND_LINE = '00000000-0000-0000-0000-000000000000';

/**
 * A colleague says that two profiles are one person: a link that knows no limit, the only way two accounts are
 * ever joined. The caller holds the lease `carry` and lets the other rooms follow the moves.
 */
export async function joinProfiles(
  scope: Scope,
  wish: { profileId: string; otherId: string; userId: string },
): Promise<Placement> {
  const { db, workspace } = scope;
  const { mine, others } = await loadTwo(scope, wish);
  await deletePartings(db, workspace.id, bothWays(crossPairs(mine, others)));
  const link = linkByHand(mine, others, wish.userId);
  await upsertLinks(db, workspace.id, [link]);
  return await settle(scope, await gatherAround(scope, [link.a, link.b], [link]), new Map());
}

/** Which profile would stay, and which would lead to it: the rehearsal of joinProfiles. Writes nothing. */
export async function rehearseJoin(
  scope: Scope,
  wish: { profileId: string; otherId: string },
): Promise<string> {
  const { mine, others } = await loadTwo(scope, wish);
  const link = linkByHand(mine, others, COMMAND_LINE);
  const { component } = await gatherAround(scope, [link.a, link.b], [link]);
  const partings = component.partings.filter((one) => !isAcross(one, keysOf(mine), keysOf(others)));
  const group = resolve({ ...component, partings }).groups.find(({ members }) => members.includes(link.a));
  return group?.profileId ?? wish.profileId;
}

/**
 * Undoes a joining: what had been `formerId` stands on its own again, under its own id. Every link between the two
 * is parted, and their strongest identifiers, so that nothing seen later joins them by another way.
 */
export async function partProfiles(
  scope: Scope,
  wish: { profileId: string; formerId: string; userId: string },
): Promise<Placement> {
  const { db, workspace } = scope;
  const all = await loadIdentifiersOf(db, workspace.id, [wish.profileId]);
  const homes = await findHomes(scope, wish);
  const leaving = all.filter(({ homeId }) => homes.has(homeId)).sort(compareStrength);
  const staying = all.filter(({ homeId }) => !homes.has(homeId)).sort(compareStrength);
  if (leaving.length === 0 || staying.length === 0)
    throw new Conflict('Nothing of that joining is left to undo: the identifiers stand apart already.');
  const pairs = await listPartings(scope, leaving, staying);
  await withdrawLinks(db, workspace.id, pairs);
  await insertPartings(db, workspace.id, pairs, { userId: wish.userId, at: now() });
  return await settle(scope, await gatherAround(scope, all.map(keyOf), []), new Map());
}

async function loadTwo(
  { db, workspace }: Scope,
  { profileId, otherId }: { profileId: string; otherId: string },
) {
  if (profileId === otherId) throw new Conflict('These are one person already.');
  const all = await loadIdentifiersOf(db, workspace.id, [profileId, otherId]);
  const mine = all.filter((one) => one.profileId === profileId).sort(compareStrength);
  const others = all.filter((one) => one.profileId === otherId).sort(compareStrength);
  if (mine.length === 0 || others.length === 0) throw new NotFound('There is no such person.');
  return { mine, others };
}

function linkByHand(mine: PlacedIdentifier[], others: PlacedIdentifier[], userId: string): StoredLink {
  const { a, b } = pairOf(keyOf(mine[0]!), keyOf(others[0]!));
  const at = now();
  return { a, b, firstAt: at, lastAt: at, byUserId: userId, sourceId: null, refused: null };
}

async function gatherAround(
  { db, workspace }: Scope,
  seeds: IdentifierKey[],
  links: StoredLink[],
): Promise<Neighbourhood> {
  const beginning = { workspaceId: workspace.id, seeds, stored: new Map(), fresh: new Map(), links };
  return await gatherNeighbourhood(db, { ...beginning, devices: 'follow' });
}

/** The former profile, and all that had joined it before it joined this one. */
async function findHomes(
  { db, workspace }: Scope,
  wish: { profileId: string; formerId: string },
): Promise<Set<string>> {
  const former = await loadFormerIds(db, workspace.id, wish.profileId);
  const homes = new Set([wish.formerId]);
  for (let before = 0; before < homes.size; ) {
    before = homes.size;
    for (const { id, mergedInto } of former) if (mergedInto && homes.has(mergedInto)) homes.add(id);
  }
  return homes;
}

async function listPartings(
  { db, workspace }: Scope,
  leaving: PlacedIdentifier[],
  staying: PlacedIdentifier[],
): Promise<Parting[]> {
  const [left, kept] = [keysOf(leaving), keysOf(staying)];
  const links = await loadLinksAt(db, workspace.id, leaving, 'follow');
  const strongest = pairOf(keyOf(leaving[0]!), keyOf(staying[0]!));
  const pairs = new Map([[strongest.pair, { a: strongest.a, b: strongest.b }]]);
  for (const { a, b } of links) if (isAcross({ a, b }, left, kept)) pairs.set(pairOf(a, b).pair, { a, b });
  return [...pairs.values()];
}

function crossPairs(mine: PlacedIdentifier[], others: PlacedIdentifier[]): Parting[] {
  return mine.flatMap((one) => others.map((other) => ({ a: keyOf(one), b: keyOf(other) })));
}

function keysOf(identifiers: PlacedIdentifier[]): Set<IdentifierKey> {
  return new Set(identifiers.map(keyOf));
}

function isAcross({ a, b }: Parting, one: Set<IdentifierKey>, other: Set<IdentifierKey>): boolean {
  return (one.has(a) && other.has(b)) || (one.has(b) && other.has(a));
}
