import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/db/pool.ts';
import { checkSomeSegments } from '../../src/flow/segment/checks.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { openPages } from './pages-cast.ts';
import { hear } from './people/people-cast.ts';
import { GOLD, makeSegment, wordsOf } from './segments-cast.ts';
import { Visitor } from './visitor.ts';

const { cast, databases, get, post, url } = await openPages();
let bob: string;

beforeAll(async () => {
  await makeSegment(databases.database, cast.workspaceId, 'gold', GOLD);
  const said = (userId: string, name: string, plan: string) => ({
    at: '2026-01-05T10:00:00Z',
    userId,
    traits: { name, plan, email: `${userId}@mail.example` },
  });
  const find = await hear(databases.database, cast.workspaceId, [
    said('ada', 'Ada Lovelace', 'gold'),
    said('bob', 'Bob Builder', 'silver'),
  ]);
  bob = await find('user_id', 'bob');
  await refreshWorkspace(databases.database, cast.workspaceId, { trigger: 'test' });
});

const run = async (statement: ReturnType<typeof sql>) =>
  await rowsOf<Record<string, string>>(databases.database.db, statement);

describe('what the check of the night found', () => {
  test('is an alarm on Home and on the segment, with who it is', async () => {
    expect(wordsOf(await get('viewer', '/segments/gold/check'))).toContain('found everybody in their place');
    await run(sql`insert into memberships (workspace_id, profile_id, segment_key, entered_at, version)
                  select ${cast.workspaceId}::uuid, ${bob}::uuid, 'gold', now(), 1 returning segment_key`);
    await checkSomeSegments(databases.database, cast.workspaceId);
    const words = /found 1 person who should not be in\./;
    expect(wordsOf(await get('viewer', '/'))).toMatch(words);
    const shown = await get('marketer', '/segments/gold');
    expect(wordsOf(shown)).toMatch(words);
    expect(shown.text).toContain('/segments/gold/recounts');
    const who = await get('viewer', '/segments/gold/check');
    expect(wordsOf(who)).toContain('Bob Builder b•••@m•••.example is in, and should not be');
    expect(who.text).toContain(`/segments/gold/why/${bob}`);
  });

  test('is not for a viewer to mend, nor for strangers to see', async () => {
    expect((await get('viewer', '/segments/gold')).text).not.toContain('/recounts');
    expect((await get('viewer', '/segments/gold/check')).text).not.toContain('/recounts');
    expect((await post('viewer', '/segments/gold/recounts')).status).toBe(403);
    expect((await get('other', '/segments/gold/check')).status).toBe(404);
    expect((await post('other', '/segments/gold/recounts')).status).toBe(404);
    expect((await new Visitor(url).get('/segments/gold/check')).headers.location).toContain('/login');
    expect((await get('admin', '/segments/no-such/check')).status).toBe(404);
    expect((await post('admin', '/segments/no-such/recounts')).status).toBe(404);
  });

  test('is gone once the segment was computed anew, which tells of this segment alone', async () => {
    // Newer than the last refresh: somebody comes into it, and not into the one that is mended.
    await makeSegment(databases.database, cast.workspaceId, 'silver', {
      all: [{ trait: 'plan', op: 'eq', value: 'silver' }],
    });
    const done = await post('marketer', '/segments/gold/recounts');
    expect(done).toMatchObject({ status: 303, headers: { location: '/segments/gold' } });
    const shown = wordsOf(await get('marketer', '/segments/gold'));
    expect(shown).toContain('0 came in, 1 went out. The check finds everybody in their place.');
    expect(shown).not.toContain('should not be in.');
    expect(wordsOf(await get('viewer', '/'))).not.toContain('should not be in.');
    expect(wordsOf(await get('admin', '/settings/audit'))).toContain('Computed a segment anew');
  });
});

describe('what a refresh cost', () => {
  test('stands under it, segment by segment, and parked ones with their reason', async () => {
    await run(sql`update segments set definition = '{"nonsense": true}', version = version + 1
                   where workspace_id = ${cast.workspaceId} and key = 'gold' returning key`);
    const { id } = await refreshWorkspace(databases.database, cast.workspaceId, {
      trigger: 'test',
      full: true,
    });
    const runs = await get('admin', '/runs?kind=refresh');
    expect(wordsOf(runs)).toMatch(/\d+ segments, 1 parked The gold ones parked: /);
    expect(runs.text).toContain(`/runs/refreshes/${id}`);
    expect(wordsOf(runs)).toMatch(/One order, active \d+ ms, 2 people/);
    const one = wordsOf(await get('admin', `/runs/refreshes/${id}`));
    expect(one).toContain('Succeeded');
    expect(one).toContain('The gold ones Parked');
    expect(one).toMatch(/Everyone 2 \d+ ms 0 0/);
  });

  test('is for admins of the business, and a refresh that is not there is not found', async () => {
    const [row] = await run(sql`select id from refreshes where workspace_id = ${cast.workspaceId} limit 1`);
    const path = `/runs/refreshes/${row!.id}`;
    expect((await get('admin', path)).status).toBe(200);
    expect((await get('marketer', path)).status).toBe(403);
    expect((await get('other', path)).status).toBe(404);
    expect((await get('admin', '/runs/refreshes/nonsense')).status).toBe(404);
    expect((await new Visitor(url).get(path)).headers.location).toContain('/login');
  });
});
