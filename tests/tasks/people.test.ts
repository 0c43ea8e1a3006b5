import { describe, expect, test } from 'vitest';
import { Conflict } from '../../src/base/errors.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { COMMAND_LINE, rehearseJoin } from '../../src/flow/identify/by-hand.ts';
import { findProfileByIdentifier, findProfileId } from '../../src/flow/identify/profiles.ts';
import { mergePeople, partPeople } from '../../src/tasks/people.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../setup/database.ts';
import { type Call, createListeningWorkspace, listPeople, snapshotPeople, tell } from '../setup/people.ts';

const { database } = await createTestDatabase();
const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString();
const userId = COMMAND_LINE;

async function workspaceAfter(calls: Call[]) {
  const workspace = await createListeningWorkspace(database);
  await tell(database, workspace, calls);
  await carry(database, workspace.id);
  const who = async (kind: string, value: string) =>
    (await withWorkspace(
      database,
      workspace.id,
      async ({ db }) => await findProfileByIdentifier(db, workspace.id, kind, value),
    ))!;
  return { workspace, who };
}

const TWO_ACCOUNTS: Call[] = [
  { at: day(0), userId: 'ada', traits: { email: 'ada@x.io', plan: 'pro', trialEndsAt: '2026-04-01' } },
  { at: day(1), userId: 'ada', anonymousId: 'd1', event: 'opened' },
  { at: day(1.5), anonymousId: 'd1', event: 'looked' },
  { at: day(2), userId: 'ada-work', traits: { email: 'ada@work.example', plan: 'free', city: 'Berlin' } },
  {
    at: day(3),
    userId: 'ada-work',
    event: 'consent_granted',
    properties: { channel: 'email', topic: 'news' },
  },
  { at: day(4), userId: 'ada-work', event: 'bought' },
];

describe('people joined and parted by hand', () => {
  test('two accounts that a colleague joins are one person with one timeline and the newest traits', async () => {
    const { workspace, who } = await workspaceAfter(TWO_ACCOUNTS);
    const [ada, work] = [await who('user_id', 'ada'), await who('user_id', 'ada-work')];
    const rehearsed = await withWorkspace(
      database,
      workspace.id,
      async (scope) => await rehearseJoin(scope, { profileId: ada, otherId: work }),
    );
    const kept = await mergePeople(database, workspace.id, { profileId: ada, otherId: work, userId });
    expect(kept).toBe(rehearsed);
    expect(await listPeople(database, workspace)).toMatchObject([
      { id: kept, events: ['opened', 'looked', 'consent_granted', 'bought'] },
    ]);
    const leads = await withWorkspace(
      database,
      workspace.id,
      async ({ db }) => await findProfileId(db, workspace.id, work),
    );
    expect(leads).toBe(kept);
  });

  test('a merge that is undone leaves everything as it was before, byte by byte', async () => {
    const { workspace, who } = await workspaceAfter(TWO_ACCOUNTS);
    const before = await snapshotPeople(database, workspace);
    const [ada, work] = [await who('user_id', 'ada'), await who('user_id', 'ada-work')];
    const kept = await mergePeople(database, workspace.id, { profileId: ada, otherId: work, userId });
    await partPeople(database, workspace.id, {
      profileId: kept,
      formerId: kept === ada ? work : ada,
      userId,
    });
    expect(await snapshotPeople(database, workspace)).toEqual(before);
  });

  test('a joining that a record caused can be undone, and the record does not join them again', async () => {
    const { workspace, who } = await workspaceAfter([
      { at: day(0), anonymousId: 'd1', traits: { email: 'ada@x.io' } },
      { at: day(1), userId: 'ben', event: 'opened' },
    ]);
    const [ada, ben] = [await who('email', 'ada@x.io'), await who('user_id', 'ben')];
    const before = await listPeople(database, workspace);
    await tell(database, workspace, [{ at: day(2), userId: 'ben', traits: { email: 'ada@x.io' } }]);
    await carry(database, workspace.id);
    expect(await listPeople(database, workspace)).toHaveLength(1);
    await partPeople(database, workspace.id, { profileId: ben, formerId: ada, userId });
    await tell(database, workspace, [{ at: day(3), userId: 'ben', anonymousId: 'd1', event: 'opened' }]);
    await carry(database, workspace.id);
    const after = await listPeople(database, workspace);
    expect(after.map(({ id, identifiers }) => ({ id, identifiers }))).toEqual(
      before.map(({ id, identifiers }) => ({ id, identifiers })),
    );
  });

  test('merging, undoing and merging again gives the same person', async () => {
    const { workspace, who } = await workspaceAfter(TWO_ACCOUNTS);
    const [ada, work] = [await who('user_id', 'ada'), await who('user_id', 'ada-work')];
    const kept = await mergePeople(database, workspace.id, { profileId: ada, otherId: work, userId });
    const once = await listPeople(database, workspace);
    await partPeople(database, workspace.id, {
      profileId: kept,
      formerId: kept === ada ? work : ada,
      userId,
    });
    expect(await mergePeople(database, workspace.id, { profileId: ada, otherId: work, userId })).toBe(kept);
    expect(await listPeople(database, workspace)).toEqual(once);
  });

  test('a person cannot be merged with themselves, nor parted from what they never were', async () => {
    const { workspace, who } = await workspaceAfter(TWO_ACCOUNTS);
    const [ada, work] = [await who('user_id', 'ada'), await who('user_id', 'ada-work')];
    await expect(
      mergePeople(database, workspace.id, { profileId: ada, otherId: ada, userId }),
    ).rejects.toThrow(Conflict);
    await expect(
      partPeople(database, workspace.id, { profileId: ada, formerId: work, userId }),
    ).rejects.toThrow(Conflict);
  });
});
