import { and, eq, lt, or, sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Db } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';

type Origin = { workspaceId: string; sourceId: string };

const MINUTE_MS = 60_000;
/** When this process last asked to write it, so that a busy sender costs one statement a minute and not one a call. */
const noted = new Map<string, number>();

/**
 * Notes that a source was heard of. May run twice: the row is written once a minute at most, whatever the number of
 * processes, so that senders do not wait for one row.
 */
export async function noteHeard(db: Db, { workspaceId, sourceId }: Origin): Promise<void> {
  const at = now();
  if (Math.abs(at.getTime() - (noted.get(sourceId) ?? 0)) < MINUTE_MS) return;
  noted.set(sourceId, at.getTime());
  const isOld = or(
    sql`${sources.lastHeardAt} is null`,
    lt(sources.lastHeardAt, new Date(at.getTime() - MINUTE_MS)),
  );
  await db
    .update(sources)
    .set({ lastHeardAt: at })
    .where(and(eq(sources.workspaceId, workspaceId), eq(sources.id, sourceId), isOld));
}
