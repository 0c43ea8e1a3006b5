import { sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { factsAsOf, traitsAsOf } from './history.sql.ts';
import { type Knowledge, loadKnowledge } from './known.ts';
import type { Looking } from './query.sql.ts';
import { findLastAsOf } from './refresh.ts';

/** A moment that somebody asks about; without one, now. Before the last refresh it is read from history. */
export type AskedMoment = { workspace: Workspace; asOf: Date; isPast: boolean; knowledge: Knowledge };

export async function readMoment(
  db: Db,
  workspace: Workspace,
  given: Date | undefined,
): Promise<AskedMoment> {
  const last = await findLastAsOf(db, workspace.id);
  const asOf = given ?? latest(now(), last);
  const isPast = last !== null && asOf < last;
  return { workspace, asOf, isPast, knowledge: await loadKnowledge(db, workspace) };
}

/** Everyone, or some, as they were at the moment: what rules are compiled over. */
export function lookAt(moment: AskedMoment, profileIds: string[] | null = null): Looking {
  const { workspace, asOf, knowledge } = moment;
  const looking = { ...knowledge, workspaceId: workspace.id, asOf, profileIds };
  if (!moment.isPast) return looking;
  const history = { traits: traitsAsOf(moment, () => sql``), facts: factsAsOf(moment, profileIds) };
  return { ...looking, history };
}

function latest(at: Date, other: Date | null): Date {
  return other && other > at ? other : at;
}
