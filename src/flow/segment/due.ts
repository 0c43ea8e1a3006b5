import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { isAnyoneBetween } from './due.sql.ts';
import { loadKnowledge } from './known.ts';
import { findLastAsOf } from './refresh.ts';
import type { Edge } from './rules/kind.ts';
import { kindOf, leavesOf, withNodes } from './rules/node.ts';
import { listSegments } from './segments.ts';

/** Would the passing of time alone, from the last refresh to this moment, have somebody looked at again? */
export async function isAnyoneDue(db: Db, workspace: Workspace, at: Date): Promise<boolean> {
  const before = await findLastAsOf(db, workspace.id);
  if (!before || before >= at) return false;
  const knowledge = await loadKnowledge(db, workspace);
  const zone = workspace.timezone;
  const span = { before: { asOf: before, zone }, after: { asOf: at, zone }, known: knowledge.known };
  const ready = (await listSegments(db, workspace.id)).filter(
    (one) => one.isEnabled && one.status === 'ready',
  );
  const arrived: Edge = {
    type: 'events',
    event: '*',
    ranges: [{ from: before.getTime() + 1, to: at.getTime() }],
  };
  // One that can no longer be read is parked by the next refresh; until then the others go on.
  const edges = withNodes(ready, knowledge.known).flatMap(({ node }) =>
    leavesOf(node).flatMap(({ leaf }) => kindOf(leaf).edges(leaf, span)),
  );
  return await isAnyoneBetween(db, { ...knowledge, workspaceId: workspace.id }, [arrived, ...edges]);
}
