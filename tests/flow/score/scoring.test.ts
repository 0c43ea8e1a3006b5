import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { findWrongFacts, refreshFacts } from '../../../src/flow/score/facts.sql.ts';
import { scoreWorkspace } from '../../../src/flow/score/scoring.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertPurchases } from './cdnow.ts';

const asOf = new Date('1998-07-01T00:00:00Z');

describe('scoring the published purchase log', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createWorkspace(database, { timezone: 'UTC', currency: 'USD' });
  await insertPurchases(database, workspace);
  const scope = { workspace, asOf, profileIds: null };
  const changed = await refreshFacts(database.db, scope);
  const { scoring } = await scoreWorkspace(database.db, scope);

  it('counts every person, order and cent', async () => {
    expect(changed).toEqual({ rows: 2357, won: 2357 });
    const [sums] = await rowsOf(
      database.db,
      sql`select count(*)::int as people, sum(orders)::int as orders, sum(net_revenue)::text as revenue
      from facts where workspace_id = ${workspace.id}`,
    );
    expect(sums).toEqual({ people: 2357, orders: 6919, revenue: '244091.94' });
  });

  it('changes nothing when it is computed again', async () => {
    expect(await refreshFacts(database.db, scope)).toEqual({ rows: 0, won: 0 });
    expect(await findWrongFacts(database.db, scope)).toEqual([]);
    expect(await scoreWorkspace(database.db, scope)).toMatchObject({
      scoring: { limits: scoring.limits, cutPoints: scoring.cutPoints },
      moved: [],
    });
    expect(await refreshFacts(database.db, scope)).toEqual({ rows: 0, won: 0 });
  });

  it('counts a buyer less when one is erased', async () => {
    const [one] = await rowsOf<{ id: string }>(
      database.db,
      sql`select profile_id as id from facts where workspace_id = ${workspace.id} and orders = 1 order by 1 limit 1`,
    );
    const erase = (when: string | null) =>
      sql`update profiles set erased_at = ${when}::timestamptz where workspace_id = ${workspace.id} and id = ${one?.id}`;
    await database.db.execute(erase(asOf.toISOString()));
    expect(await refreshFacts(database.db, scope)).toEqual({ rows: 0, won: -1 });
    await database.db.execute(erase(null));
    expect(await refreshFacts(database.db, scope)).toEqual({ rows: 1, won: 1 });
    await scoreWorkspace(database.db, scope);
  });

  it('finds a fact that is wrong', async () => {
    await database.db.execute(
      sql`update facts set orders = orders + 1 where workspace_id = ${workspace.id} and orders = 7`,
    );
    const wrong = await findWrongFacts(database.db, scope);
    expect(wrong.length).toBeGreaterThan(0);
    expect(await refreshFacts(database.db, { ...scope, profileIds: wrong })).toEqual({
      rows: wrong.length,
      won: 0,
    });
    expect(await findWrongFacts(database.db, scope)).toEqual([]);
  });

  it('cuts the grid by the shop’s own gaps', () => {
    expect(scoring.limits.map(({ row, basis, gaps }) => ({ row, basis, gaps }))).toEqual([
      { row: '0', basis: 'assumed', gaps: 0 },
      { row: '1', basis: 'percentiles', gaps: 1152 },
      { row: '2', basis: 'percentiles', gaps: 746 },
      { row: '3plus', basis: 'percentiles', gaps: 2664 },
    ]);
    expect(scoring.limits.every((one) => one.activeDays < one.atRiskDays)).toBe(true);
  });

  it('puts every buyer into one RFM group and one cell, equal values into equal scores', async () => {
    expect(await counts(database, workspace, sql`rfm_group`)).toBe(2357);
    expect(await counts(database, workspace, sql`lifecycle`)).toBe(2357);
    const split = await rowsOf(
      database.db,
      sql`select orders from facts where workspace_id = ${workspace.id}
      group by orders having count(distinct rfm_f) > 1`,
    );
    expect(split).toEqual([]);
    const [one] = await rowsOf<{ f: number }>(
      database.db,
      sql`select distinct rfm_f as f from facts where workspace_id = ${workspace.id} and orders = 1`,
    );
    expect(one?.f).toBe(1);
  });

  it('shows no quintiles of fewer than a hundred buyers, and says why', async () => {
    const small = await createWorkspace(database, { name: 'Small', timezone: 'UTC', currency: 'USD' });
    expect(await scoreWorkspace(database.db, { workspace: small, asOf })).toMatchObject({
      scoring: { cutPoints: null, rfmReason: 'RFM groups need 100 buyers; there are 0 so far.' },
    });
  });
});

async function counts(
  database: Database,
  workspace: Workspace,
  column: ReturnType<typeof sql>,
): Promise<number> {
  const [row] = await rowsOf<{ people: number }>(
    database.db,
    sql`select count(${column})::int as people from facts where workspace_id = ${workspace.id}`,
  );
  return row?.people ?? 0;
}
