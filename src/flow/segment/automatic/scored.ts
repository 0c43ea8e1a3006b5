import type { Workspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { countBuyers } from '../../score/rfm.sql.ts';
import { findScoring, scoreWorkspace } from '../../score/scoring.ts';
import { publishAutomaticSegments } from './publish.ts';

/** So much more buyers than at the last scoring are worth another before the night. */
const GROWTH = 1.2;
const AT_LEAST = 20;

/**
 * Scores where there is no scoring yet, or where the shop has grown much since: an upload is a useful screen at once,
 * not after the night. Returns whose scores moved.
 */
export async function scoreIfNeeded(db: Db, workspace: Workspace, asOf: Date): Promise<string[]> {
  const last = await findScoring(db, workspace.id, asOf);
  const buyers = await countBuyers(db, workspace.id);
  if (last && (buyers < last.buyers + AT_LEAST || buyers < last.buyers * GROWTH)) return [];
  return await scoreAndPublish(db, workspace, asOf);
}

/** A scoring and the automatic segments that follow from it; whose scores moved. */
export async function scoreAndPublish(db: Db, workspace: Workspace, asOf: Date): Promise<string[]> {
  const { scoring, moved } = await scoreWorkspace(db, { workspace, asOf });
  await publishAutomaticSegments(db, workspace, scoring);
  return moved;
}
