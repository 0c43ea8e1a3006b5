import { and, eq } from 'drizzle-orm';
import { now } from '../../../base/clock.ts';
import type { Scope } from '../../../db/doors.ts';
import { facts } from '../../../db/schema/score.ts';
import { findScoring } from '../../../flow/score/scoring.ts';
import type { Segment } from '../../../flow/segment/segments.ts';
import type { Eyes } from '../../models/people.ts';
import { scoresModel } from '../../models/rfm-scores.ts';

/** Of a person, the scores that a rule about RFM asks for; null for any other rule. */
export async function showScores(
  { db, workspace }: Scope,
  segment: Segment,
  { profileId, eyes }: { profileId: string; eyes: Eyes },
) {
  if (!/"rfm_(r|f|m|group)"/.test(JSON.stringify(segment.definition))) return null;
  const scoring = await findScoring(db, workspace.id, now());
  const [scores] = await db
    .select({
      r: facts.rfmR,
      f: facts.rfmF,
      m: facts.rfmM,
      lastOrderAt: facts.lastOrderAt,
      orders: facts.orders,
      netRevenue: facts.netRevenue,
    })
    .from(facts)
    .where(and(eq(facts.workspaceId, workspace.id), eq(facts.profileId, profileId)));
  return scores && scoring ? scoresModel(scores, scoring, { key: segment.key, eyes }) : null;
}
