import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { scoreWorkspace } from '../../../src/flow/score/scoring.ts';
import { LIBRARY, MOST_ON_BY_DEFAULT } from '../../../src/flow/segment/automatic/library.ts';
import { publishAutomaticSegments } from '../../../src/flow/segment/automatic/publish.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment, getSegment, listSegments } from '../../../src/flow/segment/segments.ts';
import { switchSegment } from '../../../src/flow/segment/switching.ts';
import { cohortAt } from '../../../src/flow/segment/then.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Call, createListeningWorkspace, tell } from '../../setup/people.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const ago = (days: number) => new Date(AT.getTime() - days * 86_400_000);
/** What somebody did, or what was done to them, so many days ago. */
const told = (userId: string, event: string, ...days: number[]): Call[] =>
  days.map((each) => ({
    at: ago(each).toISOString(),
    userId,
    event,
    properties: { value: 10, order_id: `${userId} ${each}` },
  }));

describe('the library', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;

  /** Tells of people, switches these entries on and gives the accounts of their members. */
  async function membersOf(calls: Call[], key: string): Promise<string[]> {
    workspace = await createListeningWorkspace(database);
    await tell(database, workspace, calls);
    await carry(database, workspace.id, { waitMs: 5_000 });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: ago(0.1), full: true });
    await withWorkspace(database, workspace.id, async ({ db }) => {
      await switchSegment(db, { workspaceId: workspace.id, key, to: 'on' });
    });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    const rows = await rowsOf<{ who: string }>(
      database.db,
      sql`select i.value as who from memberships m
            join identifiers i on i.workspace_id = m.workspace_id and i.profile_id = m.profile_id and i.kind = 'user_id'
           where m.workspace_id = ${workspace.id} and m.segment_key = ${key} and m.left_at is null order by 1`,
    );
    return rows.map(({ who }) => who);
  }

  it('keeps whoever is only written to and charged among the dormant', async () => {
    const members = await membersOf(
      [
        ...told('silent', 'order_placed', 400),
        ...told('written-to', 'order_placed', 400),
        ...['email_sent', 'email_delivered', 'email_bounced', 'invoice_paid', 'payment_failed'].flatMap(
          (each) => told('written-to', each, 3),
        ),
        ...told('reader', 'order_placed', 400),
        ...told('reader', 'email_opened', 3),
      ],
      'library-dormant',
    );
    expect(members).toEqual(['silent', 'written-to']);
  });

  it('takes for subscribers, cancelled and past due whoever is so by the latest word', async () => {
    const calls = [
      ...told('payer', 'subscription_started', 400),
      ...told('former', 'subscription_started', 800),
      ...told('former', 'subscription_cancelled', 500),
      ...told('back', 'subscription_started', 800, 400),
      ...told('back', 'subscription_cancelled', 500),
      ...told('short', 'subscription_started', 70),
      ...told('short', 'subscription_cancelled', 10),
      ...told('again', 'subscription_started', 100, 60),
      ...told('again', 'subscription_cancelled', 80, 40),
      ...told('fickle', 'subscription_started', 100, 60),
      ...told('fickle', 'subscription_cancelled', 80),
      ...told('owing', 'invoice_paid', 20),
      ...told('owing', 'payment_failed', 5),
      ...told('settled', 'payment_failed', 9),
      ...told('settled', 'invoice_paid', 7),
    ];
    expect(await membersOf(calls, 'library-dormant-account')).toEqual(['back', 'fickle', 'payer']);
    expect(await membersOf(calls, 'library-cancelled')).toEqual(['again', 'short']);
    expect(await membersOf(calls, 'library-past-due')).toEqual(['owing']);
  });

  it('switches on a dozen entries at most, whatever data came first', async () => {
    const names = new Set(LIBRARY.flatMap(({ needs }) => [...(needs.events ?? []), ...(needs.also ?? [])]));
    const calls = (wanted: string[]) => wanted.flatMap((name) => told('ada', name, 50));
    const countOn = async (given: Call[], asOf: Date) => {
      await tell(database, workspace, given);
      await carry(database, workspace.id, { waitMs: 5_000 });
      await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf, full: true });
      await withWorkspace(database, workspace.id, async (scope) => {
        const scored = { workspace: scope.workspace, asOf, profileIds: null };
        const { scoring } = await scoreWorkspace(scope.db, scored);
        await publishAutomaticSegments(scope.db, scope.workspace, scoring);
      });
      const listed = await listSegments(database.db, workspace.id);
      return listed.filter(({ kind, isEnabled }) => kind === 'library' && isEnabled).length;
    };
    workspace = await createListeningWorkspace(database);
    const before = await countOn(calls([...names].filter((name) => name !== 'order_placed')), ago(2));
    expect(before).toBeGreaterThan(5);
    expect(await countOn(calls(['order_placed']), ago(1))).toBe(MOST_ON_BY_DEFAULT);
  });
});

describe('when somebody was last seen', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createListeningWorkspace(database);

  beforeAll(async () => {
    const definition = { fact: 'last_seen_at', op: 'within', value: { last: '30d' } };
    await createSegment(database.db, workspace, { key: 'seen', name: 'Seen', definition });
    for (const [days, asOf] of [
      [50, 40],
      [10, 5],
    ] as const) {
      await tell(database, workspace, [{ at: ago(days).toISOString(), userId: 'ada', traits: { days } }]);
      await carry(database, workspace.id, { waitMs: 5_000 });
      await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: ago(asOf) });
    }
  });

  it.each(['then', 'today'] as const)(
    'is the same looked back on later, by the definition of %s',
    async (reading) => {
      const segment = await getSegment(database.db, workspace.id, 'seen');
      const countAt = async (days: number) =>
        await withWorkspace(database, workspace.id, async (scope) => {
          const cohort = await cohortAt(scope.db, scope.workspace, { segment, reading, asOf: ago(days) });
          return (await rowsOf(scope.db, cohort)).length;
        });
      expect(await countAt(40)).toBe(1);
      // Traits that a system sends again are no visit.
      expect(await countAt(5)).toBe(0);
    },
  );
});
