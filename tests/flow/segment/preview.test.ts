import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { previewDefinition, previewInDetail } from '../../../src/flow/segment/preview.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person } from './crowd.ts';

const AT = new Date('2026-11-22T12:00:00Z');
let database: Database;
let workspace: Workspace;

/** Six people: gold, gold, silver, silver, no plan, no plan; the first of each pair lives in DE. */
beforeAll(async () => {
  ({ database } = await createTestDatabase());
  workspace = await createWorkspace(database);
  const [base] = fc.sample(person, 1);
  const people = ['gold', 'gold', 'silver', 'silver', null, null].map((plan, index) => ({
    ...base!,
    events: [],
    traits: { ...(plan ? { plan } : {}), ...(index % 2 === 0 ? { country: 'DE' } : {}) },
  }));
  await insertCrowd(database, workspace, people, AT);
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
});

const detail = async (definition: unknown, exactMs?: number) =>
  await withWorkspace(database, workspace.id, async ({ db }) =>
    previewInDetail(db, workspace, { definition, asOf: AT, exactMs }),
  );
const trait = (name: string, op: string, value?: unknown, more: object = {}) => ({
  trait: name,
  op,
  value,
  ...more,
});

describe('a preview', () => {
  test('counts each condition alone, and how many are left after it and those before it', async () => {
    const found = await detail({
      all: [
        trait('plan', 'set'),
        { any: [trait('country', 'eq', 'DE'), trait('plan', 'eq', 'gold')] },
        trait('country', 'unset'),
      ],
    });
    expect(found).toMatchObject({ count: 1, estimate: false, people: 6, looked: 6 });
    expect(found.steps).toEqual([
      { path: 'all.0', alone: 4, remaining: 4 },
      { path: 'all.1', alone: 4, remaining: 3 },
      { path: 'all.1.any.0', alone: 3, remaining: null },
      { path: 'all.1.any.1', alone: 2, remaining: null },
      { path: 'all.2', alone: 3, remaining: 1 },
    ]);
    expect(found.leaves).toContainEqual({ path: 'all.1.any.0', count: 3 });
  });

  test('says how many a condition leaves out only because they have no value', async () => {
    const notGold = { all: [trait('plan', 'ne', 'gold'), trait('country', 'eq', 'DE')] };
    expect((await detail(notGold)).hidden).toMatchObject([{ path: 'all.0', count: 1 }]);
    const letIn = { all: [trait('plan', 'ne', 'gold', { unset: 'yes' }), trait('country', 'eq', 'DE')] };
    expect((await detail(letIn)).hidden).toEqual([]);
    const excluded = { none: [trait('plan', 'ne', 'gold')] };
    expect((await detail(excluded)).hidden).toMatchObject([{ path: 'none.0', count: 0 }]);
  });

  test('counts a rule that is one condition, and groups of every kind', async () => {
    expect(await detail(trait('plan', 'eq', 'gold'))).toMatchObject({
      count: 2,
      leaves: [{ path: '', count: 2 }],
    });
    const some = [trait('plan', 'eq', 'gold'), trait('country', 'eq', 'DE'), trait('plan', 'set')];
    expect((await detail({ atLeast: 2, of: some })).count).toBe(3);
    expect((await detail({ none: some })).count).toBe(1);
    expect((await detail({ all: [] })).count).toBe(6);
    expect((await detail({ any: [] })).count).toBe(0);
  });
});

describe('where everyone cannot be counted in time', () => {
  test('some thousand are counted for all, and the figure says how far off it may be', async () => {
    const big = await createWorkspace(database);
    await database.db.execute(sql`
      insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
      select ${big.id}::uuid, md5('p' || g)::uuid, now(), now(), now() from generate_series(1, 40000) g`);
    await database.db.execute(sql`
      insert into profile_traits (workspace_id, profile_id, traits, updated_at)
      select ${big.id}::uuid, md5('p' || g)::uuid, jsonb_build_object('n', g), now() from generate_series(1, 40000) g`);
    await database.db.execute(sql`analyze profiles`);
    await database.db.execute(sql`analyze profile_traits`);
    const ask = async (definition: unknown) =>
      await withWorkspace(database, big.id, async ({ db }) => {
        const first = await previewInDetail(db, big, { definition, exactMs: 1 });
        const again = await db.execute(sql`select current_setting('statement_timeout') as timeout`);
        return { ...first, timeout: again.rows[0]?.timeout };
      });
    const quarter = await ask({ all: [{ trait: 'n', op: 'lte', value: 10_000 }] });
    expect(quarter).toMatchObject({ estimate: true, people: 40_000, timeout: '15min' });
    expect(quarter.looked).toBeGreaterThan(7_000);
    expect(quarter.looked).toBeLessThan(9_000);
    expect(quarter.margin).toBeLessThan(500);
    expect(Math.abs(quarter.count - 10_000)).toBeLessThan(3 * quarter.margin!);
    expect(Math.abs(quarter.leaves[0]!.count - quarter.count)).toBe(0);
    expect(quarter.sample).toHaveLength(10);
    expect((await ask({ all: [{ trait: 'n', op: 'lte', value: 10_000 }] })).count).toBe(quarter.count);
    const share = await ask({ bucket: [0, 10] });
    expect(Math.abs(share.count - 4_000)).toBeLessThan(3 * share.margin!);
    const nobody = await ask({ trait: 'n', op: 'eq', value: -1 });
    expect(nobody).toMatchObject({ estimate: true, count: 0 });
    expect(nobody.margin).toBeGreaterThan(0);
  });

  test('the answer of the API says which of the two it is', async () => {
    const answer = await withWorkspace(database, workspace.id, async ({ db }) =>
      previewDefinition(db, workspace, { definition: { all: [] }, asOf: AT }),
    );
    expect(Object.keys(answer)).toEqual(['asOf', 'count', 'estimate', 'sample', 'leaves']);
    expect(answer).toMatchObject({ count: 6, estimate: false });
  });
});
