import { describe, expect, it } from 'vitest';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { readEveryonesFigures } from '../../src/reports/segment-figures.sql.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../setup/database.ts';
import { createListeningWorkspace, tell } from '../setup/people.ts';

describe('the figures of a segment', async () => {
  const { database } = await createTestDatabase();

  it('count as openers and clickers only people who got a letter', async () => {
    const workspace = await createListeningWorkspace(database);
    const at = '2026-02-01T10:00:00Z';
    await tell(database, workspace, [
      ...['email_sent', 'email_opened', 'email_clicked'].map((event) => ({ at, userId: 'ada', event })),
      ...['email_opened', 'email_clicked'].map((event) => ({ at, userId: 'bob', event })),
    ]);
    await carry(database, workspace.id, { waitMs: 5_000 });
    await refreshWorkspace(database, workspace.id, {
      trigger: 'test',
      asOf: new Date('2026-02-02T10:00:00Z'),
    });
    expect(await readEveryonesFigures(database.db, workspace.id)).toMatchObject({
      people: 2,
      mailed: 1,
      openers: 1,
      clickers: 1,
    });
  });
});
