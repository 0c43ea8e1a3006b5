import { Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { orNull } from './budget.ts';
import { type Moved, measureMoves, type SIDES, type Side } from './impact.sql.ts';
import { countLiving } from './living.sql.ts';
import { lookAt, readMoment } from './moment.ts';
import { selectSample } from './preview.sql.ts';
import { SAMPLE_SIZE } from './preview.ts';
import type { Node } from './rules/node.ts';
import { checkDefinition, listSegments, namesSegment, type Segment } from './segments.ts';

export type Impact = Record<(typeof SIDES)[number], Side> & {
  asOf: Date;
  node: Node;
  /** People looked at, where everyone could not be in time; the figures are drawn up from them. */
  estimatedFrom: number | null;
};

/** Nobody types while this is made, so it may take longer than a preview. */
const EXACT_MS = 8_000;
const ESTIMATE_MS = 8_000;

/** What another rule would change in a segment, without writing anything. Throws Invalid with paths into the rule. */
export async function measureImpact(
  db: Db,
  workspace: Workspace,
  wish: { key: string; definition: unknown },
): Promise<Impact> {
  const node = await checkDefinition(db, workspace, wish.key, wish.definition);
  const moment = await readMoment(db, workspace, undefined);
  const exact = await orNull(db, { ms: EXACT_MS, isWhole: true }, (tx) =>
    measureMoves(tx, lookAt(moment), node, wish.key),
  );
  if (exact) return { ...exact, asOf: moment.asOf, node, estimatedFrom: null };
  const people = await countLiving(db, workspace.id);
  const ids = await selectSample(db, { workspaceId: workspace.id, people, size: SAMPLE_SIZE });
  const some = await orNull(db, { ms: ESTIMATE_MS, isWhole: false }, (tx) =>
    measureMoves(tx, lookAt(moment, ids), node, wish.key),
  );
  if (!some) throw new Invalid([{ path: '', message: 'This takes too long to compare. Narrow the rule.' }]);
  return { ...drawUp(some, people), asOf: moment.asOf, node, estimatedFrom: some.looked };
}

/** Segments whose rules name this one: they move with it. */
export async function listNaming(db: Db, workspaceId: string, key: string): Promise<Segment[]> {
  return (await listSegments(db, workspaceId)).filter(
    (one) => one.key !== key && namesSegment(one.definition, key),
  );
}

function drawUp(some: Moved, people: number): Record<(typeof SIDES)[number], Side> {
  const scale = some.looked === 0 ? 0 : people / some.looked;
  const drawn = (side: Side): Side => ({
    ...side,
    count: Math.round(side.count * scale),
    revenue: String(Math.round(Number(side.revenue) * scale)),
  });
  return { entering: drawn(some.entering), leaving: drawn(some.leaving), staying: drawn(some.staying) };
}
