import type { Workspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { readFigures, readKnownEvents } from '../../score/figures.sql.ts';
import type { Scoring } from '../../score/scoring.ts';
import { librarySegments } from './library.ts';
import { lifecycleSegments } from './lifecycle.ts';
import { upsertAutomaticSegments } from './publish.sql.ts';
import { rfmSegments } from './rfm.ts';

/**
 * Makes the automatic segments what a scoring says. A rule that changed counts as an edit: the next refresh computes
 * it in full. Whether a segment is on is only decided when it is new. Twice is the same as once.
 */
export async function publishAutomaticSegments(
  db: Db,
  workspace: Pick<Workspace, 'id'>,
  scoring: Scoring,
): Promise<void> {
  const figures = await readFigures(db, workspace.id);
  const known = { events: await readKnownEvents(db, workspace.id), buyers: scoring.buyers, figures };
  await upsertAutomaticSegments(db, {
    workspaceId: workspace.id,
    at: scoring.asOf,
    segments: [
      ...lifecycleSegments(scoring.limits),
      ...rfmSegments(scoring.cutPoints !== null),
      ...librarySegments(known),
    ],
  });
}
