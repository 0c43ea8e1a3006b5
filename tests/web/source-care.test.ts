import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/db/pool.ts';
import { quarantineItems } from '../../src/flow/collect/quarantine.ts';
import { getSource, type Source } from '../../src/flow/collect/sources.ts';
import { storeItems, subjectOf } from '../../src/flow/collect/store.ts';
import { openSources } from './sources-cast.ts';
import { Visitor } from './visitor.ts';

const { cast, databases, makeSource, orchard, url, visitors } = await openSources();
const { admin, viewer, other } = visitors;
const STRANGE = '0190a000-0000-7000-8000-000000000009';

describe('reading some days again', () => {
  const days = { from: '2026-02-01', to: '2026-02-28' };

  test('starts a run of these days and leads to it', async () => {
    const base = `/sources/${(await makeSource()).id}`;
    expect((await admin.get(base)).text).toContain(`href="${base}/backfills/new"`);
    const answer = await admin.post(`${base}/backfills`, days, `${base}/backfills/new`);
    expect(answer.headers.location).toMatch(new RegExp(`^${base}/runs/`));
    const shown = async () => (await admin.get(answer.headers.location!)).text;
    await expect.poll(shown).toContain('Succeeded');
    expect(await shown()).toMatch(/Days<\/dt><dd>.*Feb.* to .*28.*Feb/);
    const [run] = await rowsOf<Record<string, unknown>>(
      databases.database.db,
      sql`select window_from = '2026-01-31T23:00Z' as "from", window_to = '2026-02-28T23:00Z' as "to" from sync_runs
           where id = ${answer.headers.location!.split('/').at(-1)}`,
    );
    expect(run).toEqual({ from: true, to: true });
  });

  test('shows a span that cannot be again, with what is wrong', async () => {
    const base = `/sources/${(await makeSource()).id}`;
    const wrong: [Record<string, string>, RegExp][] = [
      [{ from: '2026-02-28', to: '2026-02-01' }, /The last day is before the first/],
      [{ from: '2026-02-30', to: '2026-03-01' }, /Choose a day/],
      [{ from: '', to: '2026-03-01' }, /Choose a day/],
      [{ from: '2999-01-01', to: '2999-01-02' }, /have not come yet/],
    ];
    for (const [fields, words] of wrong) {
      const answer = await admin.post(`${base}/backfills`, fields, `${base}/backfills/new`);
      expect(answer.status).toBe(422);
      expect(answer.text).toMatch(words);
    }
  });

  test('is for admins of this business only', async () => {
    const base = `/sources/${(await makeSource()).id}`;
    expect((await viewer.get(`${base}/backfills/new`)).status).toBe(403);
    expect((await viewer.post(`${base}/backfills`, days)).status).toBe(403);
    expect((await other.get(`${base}/backfills/new`)).status).toBe(404);
    expect((await other.post(`${base}/backfills`, days)).status).toBe(404);
    expect((await admin.post(`/sources/${STRANGE}/backfills`, days)).status).toBe(404);
    expect((await admin.get('/sources/nonsense/backfills/new')).status).toBe(404);
    expect((await new Visitor(url).get(`${base}/backfills/new`)).status).toBe(303);
  });
});

describe('records that were set aside', () => {
  async function setAside(source: Source) {
    const origin = { workspaceId: cast.workspaceId, sourceId: source.id };
    const item = { stream: 'apples', externalId: 'a1', version: '1', payload: { sort: 'quince' } };
    await storeItems(databases.database.db, origin, [item]);
    const fault = { path: 'sort', reason: 'It is no sort of apple.' };
    const { stream, payload } = item;
    await quarantineItems(databases.database.db, origin, [
      { stream, payload, ...fault, subject: subjectOf(origin, item) },
      { stream, payload: { sort: 'nameless' }, path: 'id', reason: 'It has no id.' },
    ]);
  }

  test('are tried again from their page; those never stored stay', async () => {
    const source = await makeSource();
    await setAside(source);
    const page = `/sources/${source.id}/quarantine`;
    const shown = (await admin.get(page)).text;
    expect(shown.match(/name="record"/g)).toHaveLength(1);
    const answer = await admin.post(`${page}/retries`, {}, page);
    expect(answer.headers.location).toBe(page);
    const after = (await admin.get(page)).text;
    expect(after).toContain('Tried 1 record again: it is in now.');
    expect(after).toContain('It has no id.');
    expect(after).not.toContain('It is no sort of apple.');
    await admin.post(`${page}/retries`, {}, page);
    expect((await admin.get(page)).text).toContain('There was nothing to try again');
  });

  test('are tried by admins of this business only', async () => {
    const source = await makeSource();
    await setAside(source);
    const retries = `/sources/${source.id}/quarantine/retries`;
    expect((await viewer.post(retries)).status).toBe(403);
    expect((await other.post(retries)).status).toBe(404);
    expect((await admin.post(`/sources/${STRANGE}/quarantine/retries`)).status).toBe(404);
    const bad = await admin.post(retries, { record: 'x' }, `/sources/${source.id}/quarantine`);
    expect(bad.status).toBe(422);
  });
});

test('the page of a source shows how its runs ended, and a run how fast it goes', async () => {
  const source = await makeSource();
  const insert = async (id: string, status: string, read: number, total: number | null) =>
    await databases.database.db.execute(
      sql`insert into sync_runs (workspace_id, id, source_id, trigger, status, read, new, total, started_at, heartbeat_at, finished_at)
          values (${cast.workspaceId}, ${id}, ${source.id}, 'manual', ${status}, ${read}, ${read}, ${total}::bigint,
                  now() - interval '100 seconds', now(), ${status === 'running' ? null : new Date().toISOString()}::timestamptz)`,
    );
  const id = (digit: number) => `0190a000-0000-7000-8000-00000000010${digit}`;
  await insert(id(1), 'succeeded', 5_000, null);
  await insert(id(2), 'failed', 0, null);
  await insert(id(3), 'running', 10_000, 30_000);
  const page = (await admin.get(`/sources/${source.id}`)).text;
  expect(page).toMatch(/run-history.*class="is-succeeded".*/s);
  expect(page).toContain('The last 3 runs: 1 running, 1 succeeded, 1 failed.');
  const known = (await admin.get(`/sources/${source.id}/runs/${id(3)}/progress`)).text;
  expect(known).toMatch(/(100|99|98|97|96|95) a second, about 3 m/);
  await databases.database.db.execute(sql`update sync_runs set total = null where id = ${id(3)}`);
  const unknown = (await admin.get(`/sources/${source.id}/runs/${id(3)}/progress`)).text;
  expect(unknown).toContain('so there is no estimate');
});

test('whether the admins are mailed is a setting of the source', async () => {
  const source = await makeSource();
  const page = `/sources/${source.id}/settings`;
  expect((await admin.get(page)).text).toMatch(/name="tellsTrouble"[^>]* checked/);
  const fields = {
    name: 'Our orchard',
    everyMinutes: '',
    'settings.baseUrl': orchard.url,
    'secret.apiKey': '',
  };
  await admin.post(page, { ...fields, 'settings.pageSize': '100' }, page);
  expect(await getSource(databases.database.db, cast.workspaceId, source.id)).toMatchObject({
    tellsTrouble: false,
  });
  expect((await admin.get(page)).text).not.toMatch(/name="tellsTrouble"[^>]* checked/);
});
