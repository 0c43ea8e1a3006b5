import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { differenceChance } from '../../src/base/statistics.ts';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { findInsights } from '../../src/flow/segment/insights.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { lookAtEveryone, workOutInsights } from '../../src/reports/segment-insights.ts';
import { countFlows, countGoals, countOrigins } from '../../src/reports/segment-movement.sql.ts';
import { renewAllInsights } from '../../src/tasks/insights.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { type Call, createListeningWorkspace, tell } from '../setup/people.ts';

let databases: TestDatabase;
let workspace: Workspace;
const PEOPLE = 240;
const at = '2026-01-05T10:00:00Z';

/** Every fourth is gold; of those nearly all bought oolong, of the others one in ten. */
const isGold = (n: number) => n % 4 === 0;
const buysOolong = (n: number) => (isGold(n) ? n % 12 !== 0 : n % 10 === 1);
const callsOf = (n: number): Call[] => [
  {
    at,
    userId: `u${n}`,
    traits: { plan: isGold(n) ? 'gold' : 'free', shoe: n % 2 === 0 ? 'left' : 'right' },
  },
  {
    at,
    userId: `u${n}`,
    event: 'order_placed',
    properties: {
      order_id: `o-${n}`,
      value: 10,
      currency: 'EUR',
      products: [{ name: buysOolong(n) ? 'Oolong' : 'Sencha', quantity: 1 }, { name: 'Bag' }],
    },
  },
];

beforeAll(async () => {
  databases = await createTestDatabase();
  workspace = await createListeningWorkspace(databases.database);
  await tell(databases.database, workspace, Array.from({ length: PEOPLE }, (_, n) => callsOf(n)).flat());
  await carry(databases.database, workspace.id, { waitMs: 5_000 });
  await withWorkspace(databases.database, workspace.id, async (scope) => {
    const definition = { trait: 'plan', op: 'eq', value: 'gold' };
    await createSegment(scope.db, scope.workspace, { key: 'gold', name: 'Gold', definition });
  });
  await refreshWorkspace(databases.database, workspace.id, { trigger: 'test', full: true });
});

const numbers = Array.from({ length: PEOPLE }, (_, n) => n);
const countOf = (test: (n: number) => boolean) => numbers.filter(test).length;

test('what sets a segment apart is counted to the person, and chance is left out', async () => {
  await renewAllInsights(databases.database, workspace.id);
  const insights = await withWorkspace(
    databases.database,
    workspace.id,
    async ({ db }) => await findInsights(db, workspace.id, 'gold'),
  );
  expect(insights?.sample).toEqual({ members: 60, others: 180, lookedAtMembers: 60, lookedAtOthers: 180 });
  const oolong = insights?.findings.find((one) => one.value === 'Oolong');
  expect(oolong).toMatchObject({
    group: 'product',
    members: countOf((n) => isGold(n) && buysOolong(n)),
    others: countOf((n) => !isGold(n) && buysOolong(n)),
  });
  const alone = differenceChance({ count: oolong!.members, of: 60 }, { count: oolong!.others, of: 180 });
  expect(oolong!.chance).toBeGreaterThanOrEqual(alone);
  expect(oolong!.chance).toBeLessThan(1e-12);
  expect(oolong!.ratio).toBeCloseTo(oolong!.members / 60 / (countOf(buysOolong) / PEOPLE), 9);
  const found = insights!.findings.map((one) => one.value);
  expect(found).toContain('gold');
  expect(found).toContain('Sencha');
  expect(found).not.toContain('Bag');
  expect(insights!.compared).toBeGreaterThan(found.length);
  expect(insights!.inside).toMatchObject({ people: 60, orders: 60, buyers: 60, repeaters: 0 });
  expect(Number(insights!.inside.revenue)).toBe(600);
  expect(insights!.everyone.people).toBe(PEOPLE);
});

test('worked out twice it is the same', async () => {
  const read = async () =>
    await withWorkspace(databases.database, workspace.id, async ({ db }) => {
      const { asOf: _, ...rest } = (await findInsights(db, workspace.id, 'gold'))!;
      return rest;
    });
  const before = await read();
  await renewAllInsights(databases.database, workspace.id);
  expect(await read()).toEqual(before);
});

test('a sample says what everybody would, within its size', async () => {
  const sampled = await withWorkspace(databases.database, workspace.id, async ({ db }) => {
    const everyone = await lookAtEveryone(db, workspace.id, 120);
    const wish = { workspaceId: workspace.id, key: 'gold', asOf: new Date(at), everyone, limit: 40 };
    return await workOutInsights(db, wish);
  });
  const { lookedAtMembers, lookedAtOthers } = sampled.sample;
  expect(sampled.sample).toMatchObject({ members: 60, others: 180 });
  expect(lookedAtMembers).toBeGreaterThan(20);
  expect(lookedAtMembers).toBeLessThan(60);
  expect(lookedAtOthers).toBeLessThan(150);
  const gold = sampled.findings.find((one) => one.value === 'gold');
  expect(gold).toMatchObject({ members: lookedAtMembers, others: 0 });
  expect(gold!.ratio).toBeCloseTo(4, 6);
});

test('who came, who went and who changed group is told by the groups of a family', async () => {
  await withWorkspace(databases.database, workspace.id, async ({ db }) => {
    await rowsOf(
      db,
      sql`insert into segments (workspace_id, key, name, kind, definition, version, status, created_at, updated_at)
          select ${workspace.id}::uuid, k, k, 'cluster', '{"all": []}', 1, 'ready', ${at}, ${at}
            from unnest(array['a', 'b', 'c']) as k returning key`,
    );
    const ids = Array.from({ length: 4 }, () => newId());
    const stays: [person: number, key: string, from: string, until: string | null][] = [
      [0, 'a', '2026-01-01', '2026-02-01'],
      [0, 'b', '2026-02-01', null],
      [1, 'a', '2026-01-01', '2026-02-03'],
      [1, 'c', '2026-02-03', null],
      [2, 'b', '2026-01-01', null],
      [3, 'b', '2026-02-05', null],
    ];
    for (const [person, key, from, until] of stays)
      await rowsOf(
        db,
        sql`insert into memberships (workspace_id, profile_id, segment_key, entered_at, left_at, version)
            values (${workspace.id}, ${ids[person]}, ${key}, ${from}, ${until}, 1) returning segment_key`,
      );
    await rowsOf(
      db,
      sql`insert into segment_sizes (workspace_id, segment_key, as_of, size, entered, "left")
          select ${workspace.id}::uuid, k, '2026-01-01', 1, 1, 0 from unnest(array['a', 'b', 'c']) as k returning size`,
    );
    const wish = { workspaceId: workspace.id, family: 'cluster', since: new Date('2026-01-15') };
    expect(await countOrigins(db, { ...wish, key: 'b' })).toEqual([
      { key: 'a', people: 1 },
      { key: null, people: 1 },
    ]);
    expect(await countOrigins(db, { ...wish, key: 'b', since: new Date('2025-01-01') })).toHaveLength(2);
    expect(await countGoals(db, { ...wish, key: 'a' })).toEqual([
      { key: 'b', people: 1 },
      { key: 'c', people: 1 },
    ]);
    expect(await countFlows(db, wish)).toEqual([
      { from: 'a', to: 'b', people: 1 },
      { from: null, to: 'b', people: 1 },
      { from: 'a', to: 'c', people: 1 },
    ]);
  });
});
