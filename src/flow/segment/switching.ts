import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Conflict } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';
import { getSegment, listSegments, namesSegment } from './segments.ts';

/**
 * Switches an entry of the library on or off. On: the next refresh counts it. Off: its present members leave with the
 * next refresh, its history stays. Refused while another segment names it.
 */
export async function switchSegment(
  db: Db,
  wish: { workspaceId: string; key: string; to: 'on' | 'off' },
): Promise<void> {
  const found = await getSegment(db, wish.workspaceId, wish.key);
  if (found.kind !== 'library')
    throw new Conflict('Only segments of the library can be switched on and off.');
  if (wish.to === 'off') await refuseWhileNamed(db, wish);
  await db
    .update(segments)
    .set({
      isEnabled: wish.to === 'on',
      updatedAt: now(),
      ...(wish.to === 'on' ? { status: 'pending' } : {}),
    })
    .where(and(eq(segments.workspaceId, wish.workspaceId), eq(segments.key, wish.key)));
}

async function refuseWhileNamed(db: Db, { workspaceId, key }: { workspaceId: string; key: string }) {
  const other = (await listSegments(db, workspaceId)).find((one) => namesSegment(one.definition, key));
  if (other) throw new Conflict(`The segment “${other.name}” uses this one. Change that first.`);
}
