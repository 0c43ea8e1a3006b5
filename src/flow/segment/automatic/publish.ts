import type { Workspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { hasPredictions, readFigures, readKnownEvents } from '../../score/figures.sql.ts';
import type { Scoring } from '../../score/scoring.ts';
import { listSegments } from '../segments.ts';
import { librarySegments } from './library.ts';
import type { LibraryData } from './library-entry.ts';
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
  const known = {
    ...(await readLibraryData(db, workspace.id, scoring.buyers)),
    figures: await readFigures(db, workspace.id),
    isOn: await listSwitches(db, workspace.id),
  };
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

/** Of each entry of the library that is there already, whether it is on. */
async function listSwitches(db: Db, workspaceId: string): Promise<Map<string, boolean>> {
  const stored = (await listSegments(db, workspaceId)).filter(({ kind }) => kind === 'library');
  return new Map(stored.map(({ key, isEnabled }) => [key, isEnabled]));
}

/** What this business has that the library may speak of. */
export async function readLibraryData(db: Db, workspaceId: string, buyers: number): Promise<LibraryData> {
  return {
    events: await readKnownEvents(db, workspaceId),
    buyers,
    hasPredictions: await hasPredictions(db, workspaceId),
  };
}
