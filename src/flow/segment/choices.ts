import { now } from '../../base/clock.ts';
import { Conflict, Invalid } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { markChanged } from '../identify/changes.ts';
import {
  type Choice,
  countDecided,
  deleteChoices,
  deleteFormerChoices,
  deleteOlderChoices,
  listChoices,
  writeChoices,
} from './choices.sql.ts';
import { getSegment } from './segments.ts';

export type ChoiceWish = {
  workspaceId: string;
  segmentKey: string;
  profileIds: string[];
  choice: 'in' | 'out';
  note: string | null;
  userId: string | null;
};

/**
 * Puts people into a segment, or leaves them out, whatever its rule says, and whatever was said before of a profile
 * that joined them since. The next refresh publishes it. Gives of how many it was not so before.
 */
export async function choosePeople(db: Db, wish: ChoiceWish): Promise<number> {
  await getSegment(db, wish.workspaceId, wish.segmentKey);
  const decided = await countDecided(db, wish);
  const overruled = await deleteFormerChoices(db, wish);
  const changed = await writeChoices(db, { ...wish, at: now() });
  await markChanged(db, wish.workspaceId, overruled.length > 0 ? wish.profileIds : changed);
  return new Set(wish.profileIds).size - decided;
}

/** Takes back what was decided by hand: from then on the rule alone decides. */
export async function forgetChoices(
  db: Db,
  wish: Pick<ChoiceWish, 'workspaceId' | 'segmentKey' | 'profileIds'>,
): Promise<number> {
  const gone = await deleteChoices(db, wish);
  await markChanged(db, wish.workspaceId, [...gone, ...(gone.length > 0 ? wish.profileIds : [])]);
  return gone.length;
}

/**
 * Makes a list exactly these people: who was put in before and is not among them is taken out again. Nobody at all is
 * far more often the wrong column than a wish, and could not be taken back.
 */
export async function replacePeople(
  db: Db,
  wish: Omit<ChoiceWish, 'choice'>,
): Promise<{ added: number; removed: number }> {
  const segment = await getSegment(db, wish.workspaceId, wish.segmentKey);
  if (segment.kind !== 'static')
    throw new Conflict('Only a list can be replaced. People can be added to any segment.');
  const { workspaceId, segmentKey, profileIds } = wish;
  if (profileIds.length === 0)
    throw new Invalid([
      {
        path: 'column',
        message: 'It names nobody we know, so the list stays as it was. Choose another column.',
      },
    ]);
  const removed = await deleteOlderChoices(db, { workspaceId, segmentKey, keep: profileIds });
  await markChanged(db, workspaceId, removed);
  return { added: await choosePeople(db, { ...wish, choice: 'in' }), removed: removed.length };
}

/** Of a person, what was decided by hand, by segment. Where two of their former selves differ, leaving out wins. */
export async function loadDecisions(
  db: Db,
  workspaceId: string,
  profileId: string,
): Promise<Map<string, Choice>> {
  const rows = await listChoices(db, { workspaceId, profileIds: [profileId], limit: 5_000 });
  const decisions = new Map<string, Choice>();
  for (const row of rows) {
    const known = decisions.get(row.segmentKey);
    if (!known || (known.choice === 'in' && row.choice === 'out')) decisions.set(row.segmentKey, row);
  }
  return decisions;
}
