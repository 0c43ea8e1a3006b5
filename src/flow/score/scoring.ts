import { and, desc, eq, lte } from 'drizzle-orm';
import { z } from 'zod';
import type { Workspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { scorings } from '../../db/schema/score.ts';
import { measureGaps } from './gaps.sql.ts';
import { writeLifecycle } from './lifecycle.sql.ts';
import { type LifecycleLimits, limitsFromGaps } from './lifecycle.ts';
import { type CutPoints, clearRfm, countBuyers, readCutPoints, writeRfm } from './rfm.sql.ts';
import { ENOUGH_BUYERS } from './rfm.ts';

/** What held from one scoring to the next. */
export type Scoring = {
  id: string;
  asOf: Date;
  buyers: number;
  /** Buyers won or lost since, by the refreshes that looked at some people. */
  buyersSince: number;
  limits: LifecycleLimits[];
  cutPoints: CutPoints | null;
  /** Why there are no RFM groups. */
  rfmReason: string | null;
};

const limitsSchema = z.array(
  z.object({
    row: z.enum(['0', '1', '2', '3plus']),
    activeDays: z.number().int(),
    atRiskDays: z.number().int(),
    basis: z.enum(['percentiles', 'mean', 'assumed', 'edited']),
    gaps: z.number().int(),
  }),
);
const cutPointsSchema = z.object({ r: z.array(z.string()), f: z.array(z.number()), m: z.array(z.string()) });

/** Limits that somebody set by hand; they stay until taken back. */
export const editedLimits = z.array(
  z.strictObject({
    row: z.enum(['0', '1', '2', '3plus']),
    activeDays: z.coerce.number().int().min(1).max(3650),
    atRiskDays: z.coerce.number().int().min(2).max(7300),
  }),
);

/**
 * Scores everyone: the limits of the lifecycle grid, RFM scores and groups. Facts have to be up to date. Gives
 * also whose score moved: a refresh has to look at them. Twice at one instant gives the same.
 */
export async function scoreWorkspace(
  db: Db,
  scope: { workspace: Workspace; asOf: Date },
): Promise<{ scoring: Scoring; moved: string[] }> {
  const { workspace, asOf } = scope;
  const gaps = await measureGaps(db, scope);
  const limits = withEdited(gaps.map(limitsFromGaps), workspace.settings);
  const buyers = await countBuyers(db, workspace.id);
  const hasScores = buyers >= ENOUGH_BUYERS;
  const moved = [
    ...(await clearRfm(db, { workspaceId: workspace.id, everyone: hasScores ? 'non-buyers' : 'everyone' })),
    ...(hasScores ? await writeRfm(db, workspace.id) : []),
    ...(await writeLifecycle(db, { workspaceId: workspace.id, asOf, limits })),
  ];
  const scoring = {
    id: newId(),
    asOf,
    buyers,
    buyersSince: 0,
    limits,
    cutPoints: hasScores ? await readCutPoints(db, workspace.id) : null,
    rfmReason: hasScores ? null : `RFM groups need ${ENOUGH_BUYERS} buyers; there are ${buyers} so far.`,
  };
  await db.insert(scorings).values({
    ...scoring,
    gapDays: Object.fromEntries(gaps.map(({ row, byDay }) => [row, byDay])),
    workspaceId: workspace.id,
    finishedAt: asOf,
  });
  return { scoring, moved: [...new Set(moved)] };
}

/** The scoring that holds at an instant; null before the first. */
export async function findScoring(db: Db, workspaceId: string, asOf: Date): Promise<Scoring | null> {
  const [row] = await db
    .select()
    .from(scorings)
    .where(and(eq(scorings.workspaceId, workspaceId), lte(scorings.asOf, asOf)))
    .orderBy(desc(scorings.asOf), desc(scorings.id))
    .limit(1);
  if (!row) return null;
  return {
    id: row.id,
    asOf: row.asOf,
    buyers: row.buyers,
    buyersSince: row.buyersSince,
    limits: limitsSchema.parse(row.limits),
    cutPoints: cutPointsSchema.nullable().parse(row.cutPoints),
    rfmReason: row.rfmReason,
  };
}

/** Counts on from a scoring: how many buyers it has now. */
export async function addBuyers(db: Db, workspaceId: string, scoring: Scoring, won: number): Promise<number> {
  const buyersSince = scoring.buyersSince + won;
  if (won !== 0)
    await db
      .update(scorings)
      .set({ buyersSince })
      .where(and(eq(scorings.workspaceId, workspaceId), eq(scorings.id, scoring.id)));
  return scoring.buyers + buyersSince;
}

function withEdited(limits: LifecycleLimits[], settings: Record<string, unknown>): LifecycleLimits[] {
  const edited = editedLimits.parse(settings.lifecycleLimits ?? []);
  return limits.map((one) => {
    const own = edited.find((other) => other.row === one.row);
    return own ? { ...one, activeDays: own.activeDays, atRiskDays: own.atRiskDays, basis: 'edited' } : one;
  });
}
