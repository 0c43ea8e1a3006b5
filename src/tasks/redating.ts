import { type Scope, withWorkspace } from '../db/doors.ts';
import { checkLease, type Lease, withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { markEveryoneChanged } from '../flow/identify/changes.ts';
import { redateSome } from '../flow/profile/redate.sql.ts';
import { markDated } from '../staff/workspaces.ts';

/**
 * Reads the dates of people anew after the business chose another time zone: a day without an hour begins at another
 * instant there. Batch by batch; killed, it begins again. While it runs, nothing else says what people's traits are.
 */
export async function redateIfNeeded(database: Database, workspaceId: string): Promise<void> {
  const { settings, timezone } = await withWorkspace(
    database,
    workspaceId,
    async ({ workspace }) => workspace,
  );
  if (settings.datedZone === undefined) return;
  await withLease(database, { workspaceId, job: 'carry' }, async (lease) => {
    let last: string | null = null;
    do {
      last = await redate(database, lease, { zone: timezone, after: last });
    } while (last !== null);
  });
}

type Place = { zone: string; after: string | null };

/** Where yet another zone was chosen meanwhile it ends, and the next look begins again. */
async function redate(database: Database, lease: Lease, { zone, after }: Place): Promise<string | null> {
  return await withWorkspace(database, lease.workspaceId, async (scope) => {
    await checkLease(scope.db, lease);
    if (scope.workspace.timezone !== zone) return null;
    const last = await redateSome(scope, after);
    if (last === null) await finish(scope);
    return last;
  });
}

async function finish({ db, workspace }: Scope): Promise<void> {
  await markEveryoneChanged(db, workspace.id);
  await markDated(db, workspace);
}
