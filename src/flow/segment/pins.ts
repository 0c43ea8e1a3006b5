import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Db } from '../../db/pool.ts';
import { pins } from '../../db/schema/segment.ts';
import { checkPins } from './pins.sql.ts';

export type PinWish = {
  workspaceId: string;
  segmentKey: string;
  profileId: string;
  expected: 'in' | 'out';
  note: string | null;
  userId: string | null;
};

/** Somebody must, or must not, be in a segment; said again it is the newer word. Compared at once and at every refresh. */
export async function pinPerson(db: Db, wish: PinWish): Promise<void> {
  const { workspaceId, segmentKey, profileId, expected, note } = wish;
  const row = { expected, note, createdBy: wish.userId, createdAt: now(), brokenAt: null };
  await db
    .insert(pins)
    .values({ workspaceId, segmentKey, profileId, ...row })
    .onConflictDoUpdate({ target: [pins.workspaceId, pins.profileId, pins.segmentKey], set: row });
  await checkPins(db, workspaceId, row.createdAt);
}

/** True where there was one. */
export async function removePin(
  db: Db,
  pin: { workspaceId: string; segmentKey: string; profileId: string },
): Promise<boolean> {
  const removed = await db
    .delete(pins)
    .where(
      and(
        eq(pins.workspaceId, pin.workspaceId),
        eq(pins.profileId, pin.profileId),
        eq(pins.segmentKey, pin.segmentKey),
      ),
    )
    .returning({ profileId: pins.profileId });
  return removed.length > 0;
}
