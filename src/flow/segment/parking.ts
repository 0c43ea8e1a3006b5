import { and, eq } from 'drizzle-orm';
import { Invalid } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';

/** Sets a segment aside with the reason; its last result stays, and who relies on it is told. Other errors go on. */
export async function parkSegment(
  db: Db,
  segment: { workspaceId: string; key: string },
  error: unknown,
): Promise<void> {
  if (!(error instanceof Invalid)) throw error;
  await db
    .update(segments)
    .set({ status: 'parked', statusReason: error.message })
    .where(and(eq(segments.workspaceId, segment.workspaceId), eq(segments.key, segment.key)));
}
