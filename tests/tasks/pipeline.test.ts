import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../setup/database.ts';
import { type Call, createListeningWorkspace, listPeople, snapshotPeople, tell } from '../setup/people.ts';

const { database } = await createTestDatabase();

const rows = async <Row extends Record<string, unknown>>(
  workspace: Workspace,
  statement: ReturnType<typeof sql>,
) => await withWorkspace(database, workspace.id, async ({ db }) => await rowsOf<Row>(db, statement));

const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString();
const range = (n: number) => Array.from({ length: n }, (_, at) => at);
const identifiersOf = (people: { identifiers: string[] }[]) => people.map(({ identifiers }) => identifiers);

async function peopleAfter(calls: Call[], batches: Call[][] = [calls]) {
  const workspace = await createListeningWorkspace(database);
  for (const batch of batches) {
    await tell(database, workspace, batch);
    await carry(database, workspace.id);
  }
  return await listPeople(database, workspace);
}

describe('who is who, through Postgres', () => {
  test('fifty people on one tablet are fifty people', async () => {
    const people = await peopleAfter(
      range(50).map((n) => ({ at: day(n), userId: `u${n}`, anonymousId: 'ipad', event: 'opened' })),
      range(50).map((n) => [{ at: day(n), userId: `u${n}`, anonymousId: 'ipad', event: 'opened' }]),
    );
    expect(people).toHaveLength(50);
    expect(people.every(({ events }) => events.length === 1)).toBe(true);
  });

  test('what happened on a shared tablet before anyone signed in stands with the tablet, with nobody else', async () => {
    const people = await peopleAfter([
      { at: day(0), anonymousId: 'ipad', event: 'looked' },
      { at: day(1), anonymousId: 'ipad', userId: 'ada', event: 'opened' },
      { at: day(2), anonymousId: 'ipad', userId: 'ben', event: 'opened' },
    ]);
    expect(people.map(({ identifiers, events }) => [...identifiers, ...events])).toEqual([
      ['anonymous_id ipad', 'looked'],
      ['user_id ada', 'opened'],
      ['user_id ben', 'opened'],
    ]);
  });

  test('an e-mail that two accounts of a family use leaves two people', async () => {
    const people = await peopleAfter([
      { at: day(0), userId: 'ada', traits: { email: 'family@x.io' } },
      { at: day(1), userId: 'ben', traits: { email: 'family@x.io' } },
    ]);
    expect(identifiersOf(people)).toEqual([['email family@x.io', 'user_id ada'], ['user_id ben']]);
  });

  test('ids that programs write for nobody join nobody', async () => {
    const people = await peopleAfter(
      ['null', '0000', 'undefined', '[object Object]', 'guest'].flatMap((bad, n) =>
        range(20).map((m) => ({ at: day(n), userId: bad, anonymousId: `a${n}-${m}`, event: 'opened' })),
      ),
    );
    expect(people).toHaveLength(100);
  });

  test('thirty people behind the mailbox of a company are thirty people', async () => {
    const people = await peopleAfter(
      range(30).map((n) => ({ at: day(0), userId: `u${n}`, traits: { email: 'info@firm.example' } })),
    );
    expect(people).toHaveLength(30);
  });

  test('a visitor who signs up and comes back on a second device is one person with one timeline', async () => {
    const people = await peopleAfter([
      { at: day(0), anonymousId: 'phone', event: 'looked' },
      { at: day(1), anonymousId: 'phone', userId: 'ada', traits: { email: 'ada@x.io' } },
      { at: day(2), anonymousId: 'laptop', event: 'read' },
      { at: day(3), anonymousId: 'laptop', userId: 'ada', event: 'bought' },
    ]);
    expect(people).toMatchObject([{ events: ['looked', 'read', 'bought'] }]);
  });

  test('an alias brings the former anonymous id along', async () => {
    const people = await peopleAfter([
      { at: day(0), anonymousId: 'old', event: 'looked' },
      { type: 'alias', at: day(1), previousId: 'old', userId: 'ada' },
    ]);
    expect(identifiersOf(people)).toEqual([['anonymous_id old', 'user_id ada']]);
  });

  test('a changed address stays one person, a recycled phone number is two', async () => {
    expect(
      identifiersOf(
        await peopleAfter([
          { at: day(0), userId: 'ada', traits: { email: 'a@x.io' } },
          { at: day(1), userId: 'ada', traits: { email: 'b@x.io' } },
          { at: day(0), anonymousId: 'c', traits: { email: 'c@x.io', phone: '+49 30 901820' } },
          { at: day(800), anonymousId: 'd', traits: { email: 'd@x.io', phone: '+49 30 901820' } },
        ]),
      ),
    ).toEqual([
      ['anonymous_id c', 'email c@x.io'],
      ['anonymous_id d', 'email d@x.io', 'phone +4930901820'],
      ['email a@x.io', 'email b@x.io', 'user_id ada'],
    ]);
  });

  test('fifty random orders, one by one and in batches, give the same people', async () => {
    const calls: Call[] = [
      { at: day(0), anonymousId: 'd1', event: 'e1' },
      { at: day(1), anonymousId: 'd1', traits: { email: 'ada@x.io', city: 'Berlin' } },
      { at: day(2), userId: 'ada', traits: { email: 'ada@x.io', city: 'Potsdam' } },
      { at: day(3), userId: 'ben', anonymousId: 'd1', event: 'e2' },
      { at: day(4), userId: 'ben', traits: { email: 'ben@x.io', phone: '+4930901820', city: 'Berlin' } },
      { at: day(5), traits: { email: 'ada@x.io', phone: '+4930901820' } },
      { at: day(700), anonymousId: 'd2', traits: { phone: '+4930901820' } },
      { at: day(6), anonymousId: 'd2', userId: 'ada', event: 'e3' },
    ];
    const seen = new Set<string>();
    for (const round of range(50)) {
      const order = shuffle(calls, round);
      const batches =
        round % 3 === 0
          ? order.map((call) => [call])
          : round % 3 === 1
            ? [order]
            : [order.slice(0, 3), order.slice(3)];
      const people = await peopleAfter(order, batches);
      seen.add(
        JSON.stringify(people.map(({ identifiers, events, traits }) => ({ identifiers, events, traits }))),
      );
    }
    expect([...seen]).toHaveLength(1);
  }, 120_000);

  test('two processes at once carry everything once', async () => {
    const workspace = await createListeningWorkspace(database);
    const calls = range(500).map((n) => ({
      at: day(n % 20),
      userId: `u${n % 40}`,
      anonymousId: `d${n % 90}`,
      event: 'opened',
    }));
    const half = (n: number) => calls.filter((_, at) => at % 2 === n);
    const run = async (n: number) => {
      await tell(database, workspace, half(n));
      return await carry(database, workspace.id, { waitMs: 10_000 });
    };
    const taken = await Promise.all([run(0), run(1)]);
    await carry(database, workspace.id);
    const people = await listPeople(database, workspace);
    expect(taken.reduce((sum, one) => sum + one.taken, 0)).toBe(500);
    expect(people.flatMap(({ events }) => events)).toHaveLength(500);
    const alone = await peopleAfter(calls);
    expect(identifiersOf(people)).toEqual(identifiersOf(alone));
  });

  test('twenty connections that identify the same id at once make one person', async () => {
    const workspace = await createListeningWorkspace(database);
    await Promise.all(
      range(20).map(async (n) => {
        await tell(database, workspace, [{ at: day(n), userId: 'ada', event: 'opened' }]);
        await carry(database, workspace.id, { waitMs: 10_000 });
      }),
    );
    expect(await listPeople(database, workspace)).toMatchObject([{ identifiers: ['user_id ada'] }]);
  });

  test('two businesses with the same customer know two people', async () => {
    const [one, other] = [await createListeningWorkspace(database), await createListeningWorkspace(database)];
    for (const workspace of [one, other]) {
      await tell(database, workspace, [
        { at: day(0), userId: 'ada', event: workspace === one ? 'here' : 'there' },
      ]);
      await carry(database, workspace.id);
    }
    const [here] = await listPeople(database, one);
    const [there] = await listPeople(database, other);
    expect(here!.id).not.toBe(there!.id);
    expect([here!.events, there!.events]).toEqual([['here'], ['there']]);
  });
});

describe('carrying', () => {
  test('the same calls again change nothing', async () => {
    const workspace = await createListeningWorkspace(database);
    const calls: Call[] = [
      {
        id: 'm1',
        at: day(0),
        userId: 'ada',
        traits: { email: 'ada@x.io', plan: 'pro', trialEndsAt: '2026-03-01' },
      },
      { id: 'm2', at: day(1), userId: 'ada', anonymousId: 'd', event: 'opened' },
    ];
    await tell(database, workspace, calls);
    expect(await carry(database, workspace.id)).toEqual({ taken: 2 });
    const before = await snapshotPeople(database, workspace);
    await tell(database, workspace, calls);
    expect(await carry(database, workspace.id)).toEqual({ taken: 0 });
    expect(await snapshotPeople(database, workspace)).toEqual(before);
  });

  test('the same rows taken from the queue twice change nothing', async () => {
    const workspace = await createListeningWorkspace(database);
    await tell(database, workspace, [
      { at: day(0), userId: 'ada', traits: { email: 'ada@x.io', tags: ['b', { z: 1, a: 2 }] } },
      {
        at: day(1),
        userId: 'ada',
        event: 'consent_granted',
        properties: { channel: 'email', topic: 'news' },
      },
    ]);
    await carry(database, workspace.id);
    const before = await snapshotPeople(database, workspace);
    await rows(
      workspace,
      sql`insert into pending_raw_events (workspace_id, raw_event_id) select workspace_id, id from raw_events where workspace_id = ${workspace.id}`,
    );
    expect(await carry(database, workspace.id)).toEqual({ taken: 2 });
    expect(await snapshotPeople(database, workspace)).toEqual(before);
  });

  test('a newer version replaces what the older one said, and an older one that comes late changes nothing', async () => {
    const workspace = await createListeningWorkspace(database);
    const order = (version: string, event: string, userId: string): Call => ({
      id: 'order-1',
      version,
      at: day(1),
      userId,
      event,
    });
    for (const call of [
      order('2', 'order_placed', 'ada'),
      order('3', 'order_refunded', 'ben'),
      order('1', 'order_drafted', 'ada'),
    ]) {
      await tell(database, workspace, [call]);
      await carry(database, workspace.id);
    }
    const people = await listPeople(database, workspace);
    expect(people.map(({ identifiers, events }) => [identifiers[0], events])).toEqual([
      ['user_id ada', []],
      ['user_id ben', ['order_refunded']],
    ]);
  });

  test('of a trait the newest value is shown, since when it last changed, whatever came first', async () => {
    const workspace = await createListeningWorkspace(database);
    const calls = [3, 1, 2, 4].map(
      (n): Call => ({
        at: day(n),
        userId: 'ada',
        traits: { plan: n < 3 ? 'free' : 'pro', [`seen${n}`]: true },
      }),
    );
    for (const call of calls) {
      await tell(database, workspace, [call]);
      await carry(database, workspace.id);
    }
    const [shown] = await rows<{ plan: string }>(
      workspace,
      sql`select traits ->> 'plan' as plan from profile_traits where workspace_id = ${workspace.id}`,
    );
    const history = await rows<{ at: string; value: string; current: boolean }>(
      workspace,
      sql`select changed_at as at, value, is_current as current from trait_values where workspace_id = ${workspace.id} and name = 'plan' order by changed_at`,
    );
    expect(shown!.plan).toBe('pro');
    expect(history.map(({ at, value, current }) => [new Date(at).toISOString(), value, current])).toEqual([
      [day(1), 'free', false],
      [day(2), 'free', false],
      [day(3), 'pro', true],
      [day(4), 'pro', false],
    ]);
  });

  test('dates among the traits can be looked up by time, in the zone of the business', async () => {
    const workspace = await createListeningWorkspace(database);
    await tell(database, workspace, [
      {
        at: day(0),
        userId: 'ada',
        traits: { trialEndsAt: '2026-03-01', plan: { endsAt: '2026-10-25T02:30:00' }, note: '2026-02-30' },
      },
    ]);
    await carry(database, workspace.id);
    const found = await rows<{ name: string; at: string; month: number; day: number }>(
      workspace,
      sql`select name, at, month, day from dated_values where workspace_id = ${workspace.id} order by name`,
    );
    expect(
      found.map(({ name, at, month, day: date }) => [name, new Date(at).toISOString(), month, date]),
    ).toEqual([
      ['trait:plan.endsAt', '2026-10-25T00:30:00.000Z', 10, 25],
      ['trait:trialEndsAt', '2026-02-28T23:00:00.000Z', 3, 1],
    ]);
  });

  test('a record that names nobody is kept in quarantine with the reason', async () => {
    const workspace = await createListeningWorkspace(database);
    await tell(database, workspace, [{ at: day(0), userId: 'null', event: 'opened' }]);
    await carry(database, workspace.id);
    expect(await listPeople(database, workspace)).toEqual([]);
    const [kept] = await rows<{ reason: string }>(
      workspace,
      sql`select reason from quarantine where workspace_id = ${workspace.id}`,
    );
    expect(kept!.reason).toContain('names nobody');
  });

  test('everyone a batch touches waits for the next refresh', async () => {
    const workspace = await createListeningWorkspace(database);
    await tell(database, workspace, [
      { at: day(0), userId: 'ada', event: 'opened' },
      { at: day(0), userId: 'ben', traits: { plan: 'pro' } },
    ]);
    await carry(database, workspace.id);
    const waiting = await rows<{ id: string }>(
      workspace,
      sql`select distinct profile_id as id from changed_profiles where workspace_id = ${workspace.id}`,
    );
    expect(waiting.map(({ id }) => id).sort()).toEqual(
      (await listPeople(database, workspace)).map(({ id }) => id).sort(),
    );
  });

  test('a joining is in the ledger with the link that caused it, and the former id still leads to the person', async () => {
    const workspace = await createListeningWorkspace(database);
    await tell(database, workspace, [{ at: day(0), anonymousId: 'd', event: 'looked' }]);
    await carry(database, workspace.id);
    const [visitor] = await listPeople(database, workspace);
    await tell(database, workspace, [{ at: day(1), userId: 'ada', event: 'opened' }]);
    await carry(database, workspace.id);
    await tell(database, workspace, [{ at: day(2), userId: 'ada', anonymousId: 'd', event: 'opened' }]);
    await carry(database, workspace.id);
    const [ada] = await listPeople(database, workspace);
    const [entry] = await rows<Record<string, unknown>>(
      workspace,
      sql`select * from merges where workspace_id = ${workspace.id}`,
    );
    const [alias] = await rows<Record<string, unknown>>(
      workspace,
      sql`select * from profile_aliases where workspace_id = ${workspace.id}`,
    );
    expect(entry).toMatchObject({
      change: 'join',
      kind: 'anonymous_id',
      value: 'd',
      from_profile_id: visitor!.id,
      to_profile_id: ada!.id,
    });
    expect(entry!.cause).toMatchObject({
      kind: 'anonymous_id',
      value: 'd',
      otherKind: 'user_id',
      otherValue: 'ada',
    });
    expect(alias).toMatchObject({ alias_id: visitor!.id, profile_id: ada!.id });
  });
});

/** The same order for the same round, whatever the machine. */
function shuffle<T>(list: T[], round: number): T[] {
  let state = round + 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return list
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

test('a process that ends leaves what waits to the next one, and nothing is lost', async () => {
  const workspace = await createListeningWorkspace(database);
  await tell(database, workspace, [{ at: day(0), userId: 'ada', event: 'opened' }]);
  expect(await carry(database, workspace.id, { signal: AbortSignal.abort() })).toEqual({ taken: 0 });
  expect(await carry(database, workspace.id)).toEqual({ taken: 1 });
  expect(await listPeople(database, workspace)).toHaveLength(1);
});
