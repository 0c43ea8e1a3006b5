import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { choosePeople, forgetChoices, replacePeople } from '../../../src/flow/segment/choices.ts';
import { readMoment } from '../../../src/flow/segment/moment.ts';
import { loadPeople } from '../../../src/flow/segment/people.sql.ts';
import { checkPins, countBrokenPins, listPins } from '../../../src/flow/segment/pins.sql.ts';
import { pinPerson, removePin } from '../../../src/flow/segment/pins.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { createSegment, removeSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { explainMembership, situationOf } from '../../../src/flow/segment/why.ts';
import { erasePerson } from '../../../src/tasks/erasing.ts';
import { partPeople } from '../../../src/tasks/people.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Call, createListeningWorkspace, listPeople, tell } from '../../setup/people.ts';
import { insertCrowd, membersOf, person } from './crowd.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const later = (minutes: number) => new Date(AT.getTime() + minutes * 60_000);
const NO_ONE = { any: [] };

describe('choices by hand', async () => {
  const { database } = await createTestDatabase();

  test('outweigh the rule in what is stored, in a computation from nothing and in the answer why', async () => {
    const workspace = await createListeningWorkspace(database);
    const ids = await insertCrowd(database, workspace, fc.sample(person, 60), AT);
    const rules = {
      half: { bucket: [0, 50] },
      looking: { event: '*', within: { last: '7d' } },
      naming: { segment: 'half', is: 'in' },
      vip: NO_ONE,
    };
    await createSegments(database, workspace, rules);
    await choose(database, workspace, 'half', ids.slice(0, 20), 'in');
    await choose(database, workspace, 'half', ids.slice(15, 30), 'out');
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    await expectAgreement(AT);
    await choose(database, workspace, 'vip', ids.slice(5, 25), 'in');
    await choose(database, workspace, 'looking', ids.slice(0, 10), 'out');
    await forgetChoices(database.db, wishFor(workspace, 'half', ids.slice(0, 5)));
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(1) });
    await expectAgreement(later(1));
    const stored = await membersOf(database, workspace.id);
    expect(stored.get('vip')).toEqual(new Set(ids.slice(5, 25)));
    expect(stored.get('naming')).toEqual(stored.get('half'));

    /** Rule or put in, and not left out: by memory, as stored, and by the answer to each person. */
    async function expectAgreement(asOf: Date) {
      expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
      const moment = await readMoment(database.db, workspace, asOf);
      const people = await loadPeople(database.db, moment, ids);
      const members = await membersOf(database, workspace.id);
      for (const [key, definition] of Object.entries(rules)) {
        const rows = await choicesOf(database, workspace, key);
        const node = parseDefinition(definition, moment.knowledge.known);
        const expected = people.filter((one) => {
          const choice = rows.get(one.id);
          return choice ? choice === 'in' : evaluate(node, one, situationOf(one, moment).setting).holds;
        });
        expect(members.get(key) ?? new Set(), key).toEqual(new Set(expected.map(({ id }) => id)));
        for (const { id } of people.slice(0, 12)) {
          const why = await explainMembership(database.db, workspace, { key, profileId: id, asOf });
          expect(why.member, `${key} ${id}`).toBe(members.get(key)?.has(id) ?? false);
        }
      }
    }
  });

  test('said twice change nothing the second time', async () => {
    const workspace = await createListeningWorkspace(database);
    const ids = await insertCrowd(database, workspace, fc.sample(person, 3), AT);
    await createSegments(database, workspace, { vip: NO_ONE });
    expect(await choose(database, workspace, 'vip', ids, 'in')).toBe(3);
    expect(await choose(database, workspace, 'vip', ids, 'in')).toBe(0);
    const noted = { ...wishFor(workspace, 'vip', ids), choice: 'in' as const, note: 'June', userId: null };
    expect(await choosePeople(database.db, noted), 'another note').toBe(0);
    expect(await forgetChoices(database.db, wishFor(workspace, 'vip', ids))).toBe(3);
    expect(await forgetChoices(database.db, wishFor(workspace, 'vip', ids))).toBe(0);
  });

  test('said of a person count for whoever they were before', async () => {
    const workspace = await createListeningWorkspace(database);
    const list = { key: 'list', name: 'List', definition: NO_ONE, kind: 'static' as const };
    await createSegment(database.db, workspace, list);
    await createSegments(database, workspace, { vip: NO_ONE });
    const at = '2026-11-01T10:00:00Z';
    await listen(database, workspace, [{ at, anonymousId: 'browser', type: 'page' }]);
    const browser = await idOf(database, workspace, 'anonymous_id browser');
    await choose(database, workspace, 'list', [browser], 'in');
    await choose(database, workspace, 'vip', [browser], 'out');
    await listen(database, workspace, [
      { at, userId: 'ada' },
      { at, userId: 'bob' },
    ]);
    await listen(database, workspace, [
      { at: '2026-11-02T10:00:00Z', userId: 'ada', anonymousId: 'browser' },
    ]);
    const ada = await idOf(database, workspace, 'user_id ada');
    expect(ada).not.toBe(browser);
    const wish = { ...wishFor(workspace, 'list', [ada]), note: null, userId: null };
    expect(await replacePeople(database.db, wish)).toEqual({ added: 0, removed: 0 });
    expect(await choose(database, workspace, 'vip', [ada], 'in')).toBe(1);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    const members = await membersOf(database, workspace.id);
    expect([members.get('list'), members.get('vip')]).toEqual([new Set([ada]), new Set([ada])]);
    const bob = await idOf(database, workspace, 'user_id bob');
    const others = { ...wish, profileIds: [bob] };
    expect(await replacePeople(database.db, others)).toEqual({ added: 1, removed: 1 });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(1) });
    expect((await membersOf(database, workspace.id)).get('list')).toEqual(new Set([bob]));
  });

  test('a list is replaced, only a list', async () => {
    const workspace = await createListeningWorkspace(database);
    const ids = await insertCrowd(database, workspace, fc.sample(person, 6), AT);
    await createSegments(database, workspace, { vip: NO_ONE });
    await createSegment(database.db, workspace, {
      key: 'list',
      name: 'List',
      definition: NO_ONE,
      kind: 'static',
    });
    await choose(database, workspace, 'list', ids.slice(0, 4), 'in');
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    const wish = { ...wishFor(workspace, 'list', ids.slice(2)), note: null, userId: null };
    expect(await replacePeople(database.db, wish)).toEqual({ added: 2, removed: 2 });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(1) });
    expect((await membersOf(database, workspace.id)).get('list')).toEqual(new Set(ids.slice(2)));
    await expect(replacePeople(database.db, { ...wish, segmentKey: 'vip' })).rejects.toThrow('Only a list');
    await removeSegment(database.db, workspace.id, 'list');
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(2) });
    expect((await membersOf(database, workspace.id)).get('list') ?? new Set()).toEqual(new Set());
  });

  test('follow who is joined, leaving out wins, and parting gives each their own back; erasing leaves none', async () => {
    const workspace = await createListeningWorkspace(database);
    await createSegments(database, workspace, { vip: NO_ONE, club: NO_ONE });
    await listen(database, workspace, [
      { at: '2026-11-01T10:00:00Z', userId: 'ada', traits: { email: 'ada@mail.example' } },
      { at: '2026-11-01T10:00:00Z', anonymousId: 'browser', type: 'page' },
    ]);
    const [ada, browser] = [
      await idOf(database, workspace, 'user_id ada'),
      await idOf(database, workspace, 'anonymous_id browser'),
    ];
    await choose(database, workspace, 'vip', [ada], 'in');
    await choose(database, workspace, 'vip', [browser], 'out');
    await choose(database, workspace, 'club', [browser], 'in');
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    expect(await membersNow()).toEqual({ vip: [ada], club: [browser] });
    await listen(database, workspace, [
      { at: '2026-11-02T10:00:00Z', userId: 'ada', anonymousId: 'browser' },
    ]);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(1) });
    const joined = await idOf(database, workspace, 'user_id ada');
    expect(await membersNow()).toEqual({ vip: [], club: [joined] });
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
    const why = await explainMembership(database.db, workspace, { key: 'vip', profileId: joined });
    expect(why).toMatchObject({ member: false, byHand: { choice: 'out' } });
    const formerId = joined === ada ? browser : ada;
    const user = { profileId: joined, formerId, userId: '0190a7e0-0000-7000-8000-00000000000a' };
    await partPeople(database, workspace.id, user);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(2) });
    expect(await membersNow()).toEqual({ vip: [ada], club: [browser] });
    await erasePerson(database, workspace.id, ada);
    await erasePerson(database, workspace.id, browser);
    const rows = await rowsOf(
      database.db,
      sql`select 1 from segment_choices where workspace_id = ${workspace.id}`,
    );
    expect(rows).toEqual([]);

    async function membersNow() {
      const stored = await membersOf(database, workspace.id);
      return { vip: [...(stored.get('vip') ?? [])], club: [...(stored.get('club') ?? [])] };
    }
  });
});

describe('pinned examples', async () => {
  const { database } = await createTestDatabase();

  test('are compared at every refresh, keep since when they are broken, and heal', async () => {
    const workspace = await createListeningWorkspace(database);
    const [ada, bob] = await insertCrowd(database, workspace, fc.sample(person, 2), AT);
    await createSegments(database, workspace, { vip: NO_ONE });
    await choose(database, workspace, 'vip', [ada!], 'in');
    await pin(ada!, 'in');
    await pin(bob!, 'out');
    expect(await countBrokenPins(database.db, workspace.id)).toEqual([]);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    expect(await countBrokenPins(database.db, workspace.id)).toEqual([]);
    await choose(database, workspace, 'vip', [ada!], 'out');
    await choose(database, workspace, 'vip', [bob!], 'in');
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(1) });
    expect(await countBrokenPins(database.db, workspace.id)).toEqual([
      { key: 'vip', name: 'vip', broken: 2 },
    ]);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(2) });
    await checkPins(database.db, workspace.id, later(3));
    const broken = await listPins(database.db, { workspaceId: workspace.id, segmentKey: 'vip' });
    expect(broken.map(({ brokenAt }) => brokenAt)).toEqual([later(1), later(1)]);
    await choose(database, workspace, 'vip', [ada!], 'in');
    expect(
      await removePin(database.db, { workspaceId: workspace.id, segmentKey: 'vip', profileId: bob! }),
    ).toBe(true);
    expect(
      await removePin(database.db, { workspaceId: workspace.id, segmentKey: 'vip', profileId: bob! }),
    ).toBe(false);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(4) });
    const [healed, ...rest] = await listPins(database.db, { workspaceId: workspace.id, profileId: ada! });
    expect([healed?.brokenAt, rest]).toEqual([null, []]);

    async function pin(profileId: string, expected: 'in' | 'out') {
      const wish = { workspaceId: workspace.id, segmentKey: 'vip', profileId, expected };
      await pinPerson(database.db, { ...wish, note: 'our own test buyer', userId: null });
    }
  });
});

async function listen(database: Database, workspace: Workspace, calls: Call[]): Promise<void> {
  await tell(database, workspace, calls);
  await carry(database, workspace.id, { waitMs: 5_000 });
}

async function idOf(database: Database, workspace: Workspace, identifier: string): Promise<string> {
  const people = await listPeople(database, workspace);
  return people.find(({ identifiers }) => identifiers.includes(identifier))!.id;
}

async function createSegments(
  database: Database,
  workspace: Workspace,
  rules: Record<string, object>,
): Promise<void> {
  for (const [key, definition] of Object.entries(rules))
    await createSegment(database.db, workspace, { key, name: key, definition });
}

function wishFor(workspace: Workspace, segmentKey: string, profileIds: string[]) {
  return { workspaceId: workspace.id, segmentKey, profileIds };
}

async function choose(
  database: Database,
  workspace: Workspace,
  key: string,
  ids: string[],
  choice: 'in' | 'out',
): Promise<number> {
  return await choosePeople(database.db, {
    ...wishFor(workspace, key, ids),
    choice,
    note: null,
    userId: null,
  });
}

async function choicesOf(database: Database, workspace: Workspace, key: string) {
  const rows = await rowsOf<{ id: string; choice: string }>(
    database.db,
    sql`select profile_id as id, choice from segment_choices where workspace_id = ${workspace.id} and segment_key = ${key}`,
  );
  return new Map(rows.map(({ id, choice }) => [id, choice]));
}
