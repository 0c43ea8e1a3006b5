import { Conflict } from '../base/errors.ts';
import { type Scope, withWorkspace } from '../db/doors.ts';
import { checkLease, withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { joinProfiles, partProfiles } from '../flow/identify/by-hand.ts';
import { markChanged } from '../flow/identify/changes.ts';
import { makeDeviceProfiles, type Placement } from '../flow/identify/place.ts';
import { followMoves, refreshTraits } from '../flow/profile/describe.ts';

/** A batch of carrying takes well under this; whoever presses the button need not press it twice. */
const WAIT_MS = 30_000;

/** Makes one person of two, because a colleague says so. Returns the id that stays. */
export async function mergePeople(
  database: Database,
  workspaceId: string,
  wish: { profileId: string; otherId: string; userId: string },
): Promise<string> {
  const placement = await asCarrier(database, workspaceId, async (scope) => await joinProfiles(scope, wish));
  return placement.moves[0]?.toProfileId ?? wish.profileId;
}

/** Undoes a joining: the person who had been `formerId` gets back what arrived by their identifiers. */
export async function partPeople(
  database: Database,
  workspaceId: string,
  wish: { profileId: string; formerId: string; userId: string },
): Promise<void> {
  await asCarrier(database, workspaceId, async (scope) => await partProfiles(scope, wish));
}

/** Only one process at a time says who is who, so this waits for the batch that is being carried. */
async function asCarrier(
  database: Database,
  workspaceId: string,
  change: (scope: Scope) => Promise<Placement>,
): Promise<Placement> {
  const wish = { workspaceId, job: 'carry', waitMs: WAIT_MS };
  const placement = await withLease(database, wish, async (lease) => {
    return await withWorkspace(database, workspaceId, async (scope) => {
      await checkLease(scope.db, lease);
      const placed = await change(scope);
      await followPlacement(scope, placed);
      return placed;
    });
  });
  if (!placement) throw new Conflict('New data is being taken in just now. Try again in a moment.');
  return placement;
}

async function followPlacement(scope: Scope, { moves, movedTo, changed }: Placement): Promise<void> {
  const described = await followMoves(scope, moves);
  await refreshTraits(scope, [...changed]);
  await makeDeviceProfiles(scope, [...movedTo, ...described]);
  await markChanged(scope.db, scope.workspace.id, changed);
}
