import { and, desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../../db/pool.ts';
import { scorings } from '../../db/schema/score.ts';
import type { GapDays } from './gaps.sql.ts';

const gapDays = z.record(z.string(), z.array(z.tuple([z.number(), z.number()]))).nullable();

/** The gaps behind the limits of a scoring, by row of the grid; null where that scoring did not keep them. */
export async function findGapDays(
  db: Db,
  wish: { workspaceId: string; scoringId: string },
): Promise<Record<string, GapDays> | null> {
  const [row] = await db
    .select({ gapDays: scorings.gapDays })
    .from(scorings)
    .where(and(eq(scorings.workspaceId, wish.workspaceId), eq(scorings.id, wish.scoringId)))
    .orderBy(desc(scorings.asOf))
    .limit(1);
  return gapDays.parse(row?.gapDays ?? null);
}
