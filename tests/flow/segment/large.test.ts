import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { previewDefinition } from '../../../src/flow/segment/preview.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a large rule', async () => {
  const { database } = await createTestDatabase();

  it('is computed up to 500 conditions, and refused beyond with the place', async () => {
    const workspace = await createWithPeople();
    // An event is a condition, and so is each of its properties: 25 of 20, all of other names.
    const events = range(25).map((event) => ({
      event: 'order_placed',
      count: { op: 'gte', value: 2 },
      where: range(19).map((at) => ({ property: `p${event}-${at}`, op: 'between', value: [1, 2] })),
    }));
    await create(workspace, 'largest', { any: events });
    await refresh(workspace, start);
    expect(await statesOf(workspace)).toMatchObject({ largest: { status: 'ready' } });
    const more = { any: [...events, { event: 'page_viewed' }] };
    expect(() => parseDefinition(more)).toThrow(
      'any.25: With this there are more than 500 conditions, those on properties counted.',
    );
  });

  it('is computed however much others ask at the same time', async () => {
    const workspace = await createWithPeople();
    const often = (hours: number) => ({
      event: 'order_placed',
      count: { op: 'gte', value: 2 },
      within: { last: `${hours}h` },
    });
    for (const place of range(9))
      await create(workspace, `s${place}`, {
        any: range(200).map((hours) => often(place * 200 + hours + 1)),
      });
    await refresh(workspace, start);
    const states = Object.values(await statesOf(workspace));
    expect(states.map(({ status }) => status)).toEqual(range(9).map(() => 'ready'));
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  });

  it('that is more than one query can ask is parked alone and left until the night, and its preview says why', async () => {
    const workspace = await createWithPeople();
    const large = { trait: 'more.than.is.possible', op: 'eq', value: 'gold' };
    await create(workspace, 'large', large);
    await create(workspace, 'small', { identifier: 'email', is: 'present' });
    // As Postgres refuses what is beyond its limits.
    await database.db.execute(sql`
      create or replace function rule_path(object jsonb, name text, path jsonpath) returns jsonb language plpgsql as
        $$ begin raise exception 'target lists can have at most 1664 entries' using errcode = '54011'; end $$`);
    const reason =
      'it asks more than one query can; move parts of its rule into segments of their own, and name those';
    await refresh(workspace, start);
    const parked = { status: 'parked', reason };
    expect(await statesOf(workspace)).toMatchObject({
      large: parked,
      small: { status: 'ready', reason: null },
    });
    const preview = withWorkspace(database, workspace.id, async ({ db }) =>
      previewDefinition(db, workspace, { definition: large }),
    );
    await expect(preview).rejects.toThrow(`This rule cannot be counted: ${reason}.`);
    const { segments } = await lastRefresh(workspace, later(1));
    expect(segments.find(({ key }) => key === 'large')).toMatchObject({ mode: 'parked', ms: 0 });
  });

  async function createWithPeople(): Promise<Workspace> {
    const workspace = await createWorkspace(database);
    await insertCrowd(database, workspace, fc.sample(person, { numRuns: 30, seed: 3 }), start);
    return workspace;
  }

  async function create(workspace: Workspace, key: string, definition: unknown): Promise<void> {
    await createSegment(database.db, workspace, { key, name: key, definition });
  }

  async function refresh(workspace: Workspace, asOf: Date) {
    return await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
  }

  async function lastRefresh(workspace: Workspace, asOf: Date) {
    const { id } = await refresh(workspace, asOf);
    const [row] = await rowsOf<{ segments: { key: string; mode: string; ms: number }[] }>(
      database.db,
      sql`select r.segments from refreshes r where r.workspace_id = ${workspace.id} and r.id = ${id}`,
    );
    return row!;
  }

  async function statesOf(workspace: Workspace) {
    const rows = await rowsOf<{ key: string; status: string; reason: string | null }>(
      database.db,
      sql`select s.key, s.status, s.status_reason as reason from segments s
           where s.workspace_id = ${workspace.id} and s.kind = 'custom' order by s.key`,
    );
    return Object.fromEntries(rows.map(({ key, ...state }) => [key, state]));
  }
});
