import { and, eq, inArray } from 'drizzle-orm';
import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { type Scope, withWorkspace } from '../db/doors.ts';
import { checkLease, withLease } from '../db/leases.ts';
import { deletePersonRows, type PersonKeys, readPersonRows } from '../db/person-rows.ts';
import type { Database, Db } from '../db/pool.ts';
import { profileTraits } from '../db/schema/profile.ts';
import { forgetSaid } from '../flow/collect/forget.sql.ts';
import { loadFormerIds } from '../flow/identify/by-hand.sql.ts';
import { markChanged } from '../flow/identify/changes.ts';
import { insertErasures } from '../flow/identify/erasures.ts';
import { deleteTraces, listSubjects, markErased } from '../flow/identify/forget.sql.ts';
import { loadIdentifiersOf, type PlacedIdentifier } from '../flow/identify/identifiers.sql.ts';
import { takeFromSizes } from '../flow/segment/sizes.sql.ts';
import { keepDepartures } from '../flow/send/departures.ts';
import { forgetSuppressedAddresses, suppressAddresses } from '../flow/send/suppressions.ts';

const WAIT_MS = 30_000;

/** Everything the product keeps of one person, by table: what is handed out when somebody asks. */
export async function exportPerson(
  database: Database,
  workspaceId: string,
  profileId: string,
): Promise<Record<string, unknown[]>> {
  return await withWorkspace(database, workspaceId, async (scope) => {
    return await readPersonRows(scope.db, await findKeys(scope, profileId));
  });
}

/**
 * Erases one person everywhere, in one transaction: rows of every table that holds a profile id, links, what sources
 * said, quarantine. Keyed hashes stay, so that the person is not taken in again and never written to. Nothing takes in
 * or publishes anything of them meanwhile. Returns the receipt: rows by table.
 */
export async function erasePerson(
  database: Database,
  workspaceId: string,
  profileId: string,
): Promise<Record<string, number>> {
  const wish = { workspaceId, job: 'carry', waitMs: WAIT_MS };
  const receipt = await withLease(database, wish, async (carrying) => {
    return await withLease(database, { ...wish, job: 'refresh' }, async (refreshing) => {
      return await withWorkspace(database, workspaceId, async (scope) => {
        for (const lease of [carrying, refreshing]) await checkLease(scope.db, lease);
        return await erase(scope, await findKeys(scope, profileId));
      });
    });
  });
  if (!receipt)
    throw new Conflict(
      'New data is being taken in, or segments are computed, just now. Try again in a minute.',
    );
  return receipt;
}

async function erase({ db, workspace }: Scope, keys: PersonKeys): Promise<Record<string, number>> {
  const identifiers = await loadIdentifiersOf(db, workspace.id, keys.profileIds);
  const emails = await listAddresses(db, keys, identifiers);
  const names = [...new Set([...identifiers.flatMap(({ value, given }) => [value, given]), ...emails])];
  await insertErasures(db, workspace.id, identifiers, now());
  const erased = emails.map((email) => ({ email, reason: 'erased' as const }));
  await suppressAddresses(db, { workspaceId: workspace.id }, erased);
  await forgetSuppressedAddresses(db, workspace.id, emails);
  await forgetSaid(db, workspace.id, { subjects: keys.subjects, names });
  await deleteTraces(db, workspace.id, { profileIds: keys.profileIds, identifiers });
  await keepDepartures(db, workspace.id, keys.profileIds);
  await takeFromSizes(db, { workspaceId: workspace.id, profileIds: keys.profileIds, at: now() });
  const receipt = await deletePersonRows(db, keys);
  await markErased(db, workspace.id, keys.profileIds, now());
  await markChanged(db, workspace.id, keys.profileIds);
  return receipt;
}

/** Also one that is no identifier, because several people read it. */
async function listAddresses(db: Db, keys: PersonKeys, identifiers: PlacedIdentifier[]): Promise<string[]> {
  const isTheirs = and(
    eq(profileTraits.workspaceId, keys.workspaceId),
    inArray(profileTraits.profileId, keys.profileIds),
  );
  const traits = await db.select({ email: profileTraits.email }).from(profileTraits).where(isTheirs);
  const given = identifiers.filter(({ kind }) => kind === 'email').map((one) => one.given);
  return [...new Set([...given, ...traits.flatMap(({ email }) => email ?? [])])];
}

async function findKeys({ db, workspace }: Scope, profileId: string): Promise<PersonKeys> {
  const former = await loadFormerIds(db, workspace.id, profileId);
  const profileIds = [profileId, ...former.map(({ id }) => id)];
  return {
    workspaceId: workspace.id,
    profileIds,
    subjects: await listSubjects(db, workspace.id, profileIds),
  };
}
