import { now } from '../base/clock.ts';
import { log } from '../base/log.ts';
import { type Scope, withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { keepInsights } from '../flow/segment/insights.ts';
import { getSegment, listSegments } from '../flow/segment/segments.ts';
import { type Everyone, lookAtEveryone, workOutInsights } from '../reports/segment-insights.ts';

/**
 * Works out anew what each segment is made of. A night’s work: what people have in common does not change by the
 * minute. What those have who are looked at is read once, and every segment counted from it.
 */
export async function renewAllInsights(database: Database, workspaceId: string): Promise<void> {
  const startedAt = performance.now();
  const { keys, everyone } = await withWorkspace(database, workspaceId, async ({ db }) => ({
    keys: (await listSegments(db, workspaceId)).filter((one) => one.isEnabled && one.size !== null),
    everyone: await lookAtEveryone(db, workspaceId),
  }));
  for (const { key } of keys)
    await withWorkspace(database, workspaceId, async (scope) => await renew(scope, key, everyone));
  const ms = Math.round(performance.now() - startedAt);
  log.info({ workspaceId, segments: keys.length, ms }, 'Worked out what segments are made of');
}

/** Of one segment, at once: a colleague asked. Throws NotFound for one that is not there. */
export async function renewInsights(database: Database, workspaceId: string, key: string): Promise<void> {
  await withWorkspace(database, workspaceId, async (scope) => {
    await getSegment(scope.db, workspaceId, key);
    await renew(scope, key, await lookAtEveryone(scope.db, workspaceId));
  });
}

async function renew({ db, workspace }: Scope, key: string, everyone: Everyone): Promise<void> {
  const asOf = now();
  const body = await workOutInsights(db, { workspaceId: workspace.id, key, asOf, everyone });
  await keepInsights(db, { workspaceId: workspace.id, key, asOf, body });
}
