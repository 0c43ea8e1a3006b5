import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { Conflict } from '../../../src/base/errors.ts';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { type Db, rowsOf } from '../../../src/db/pool.ts';
import {
  createSegment,
  getSegment,
  type SegmentPatch,
  updateSegment,
} from '../../../src/flow/segment/segments.ts';
import { waitForBlocked } from '../../setup/blocked.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

const rule = (value: string) => ({ trait: 'plan', op: 'eq', value });

describe('two colleagues who save a segment at once', async () => {
  const { database, web } = await createTestDatabase();
  let workspace: Workspace;
  const save = async (db: Db, patch: SegmentPatch) => await updateSegment(db, workspace, 'plan', patch);

  beforeEach(async () => {
    workspace = await createWorkspace(database);
    await createSegment(database.db, workspace, { key: 'plan', name: 'Plan', definition: rule('a') });
  });

  it('make one version: the second is told, and what history shows is what the segment holds', async () => {
    await expect(saveAtOnce({ definition: rule('b') }, { definition: rule('c') })).rejects.toThrow(
      new Conflict(
        'Somebody else saved this rule at the same moment. Look at it as it is now, and save yours again if it should stand.',
      ),
    );
    const { version, definition } = await getSegment(database.db, workspace.id, 'plan');
    expect({ version, definition }).toEqual({ version: 2, definition: rule('b') });
    const kept = await rowsOf<{ version: number; definition: unknown }>(
      database.db,
      sql`select version, definition from segment_versions where workspace_id = ${workspace.id} order by version`,
    );
    expect(kept).toEqual([
      { version: 1, definition: rule('a') },
      { version, definition },
    ]);
  });

  it('both have their way when one changes the rule and the other the name', async () => {
    await saveAtOnce({ definition: rule('b'), description: 'Those on b' }, { name: 'On a plan' });
    expect(await getSegment(database.db, workspace.id, 'plan')).toMatchObject({
      version: 2,
      definition: rule('b'),
      name: 'On a plan',
      description: 'Those on b',
    });
  });

  /** The second has read what the first is about to change. */
  async function saveAtOnce(first: SegmentPatch, second: SegmentPatch): Promise<void> {
    const saving = { second: Promise.resolve() };
    await database.db.transaction(async (tx) => {
      await save(tx, first);
      saving.second = withWorkspace(web, workspace.id, async ({ db }) => void (await save(db, second)));
      saving.second.catch(() => 'told below');
      await waitForBlocked(database);
    });
    await saving.second;
  }
});
