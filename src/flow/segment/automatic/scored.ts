import type { Workspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { countBuyers } from '../../score/rfm.sql.ts';
import { addBuyers, findScoring, scoreWorkspace } from '../../score/scoring.ts';
import { publishAutomaticSegments } from './publish.ts';

/** So much more buyers than at the last scoring are worth another before the night. */
const GROWTH = 1.2;
const AT_LEAST = 20;

/**
 * Scores where there is no scoring yet, or where the shop has grown much since: an upload is a useful screen at once,
 * not after the night. `won`: how many more buyers there are than before; null where everyone was looked at. Returns
 * whose scores moved.
 */
export async function scoreIfNeeded(
  db: Db,
  workspace: Workspace,
  asOf: Date,
  won: number | null,
): Promise<string[]> {
  const last = await findScoring(db, workspace.id, asOf);
  if (!last) return await scoreAndPublish(db, workspace, asOf);
  const known = last.buyers + last.buyersSince;
  const gain = won ?? (await countBuyers(db, workspace.id)) - known;
  const buyers = await addBuyers(db, workspace.id, last, gain);
  if (buyers < last.buyers + AT_LEAST || buyers < last.buyers * GROWTH) return [];
  return await scoreAndPublish(db, workspace, asOf);
}

/** A scoring and the automatic segments that follow from it; whose scores moved. */
export async function scoreAndPublish(db: Db, workspace: Workspace, asOf: Date): Promise<string[]> {
  const { scoring, moved } = await scoreWorkspace(db, { workspace, asOf });
  await publishAutomaticSegments(db, workspace, scoring);
  return moved;
}
