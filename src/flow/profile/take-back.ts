import type { Scope } from '../../db/doors.ts';
import { markChanged } from '../identify/changes.ts';
import { refreshTraits } from './describe.ts';
import { deleteTraitsOf } from './take-back.sql.ts';

const BATCH = 1_000;

/**
 * Forgets the traits that a source says no more now that its fields mean something else, for some people; true
 * when there may be more of them. What other sources say of the same traits is shown instead.
 */
export async function takeBackTraits(
  scope: Scope,
  given: { sourceId: string; names: string[] },
): Promise<boolean> {
  const { db, workspace } = scope;
  const people = given.names.length === 0 ? [] : await deleteTraitsOf(db, workspace.id, given, BATCH);
  await refreshTraits(scope, people);
  await markChanged(db, workspace.id, people);
  return people.length === BATCH;
}
