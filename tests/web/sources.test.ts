import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { newId } from '../../src/db/ids.ts';
import { rowsOf } from '../../src/db/pool.ts';
import {
  createBuiltInSources,
  createSource,
  getSource,
  listSources,
  openSettings,
} from '../../src/flow/collect/sources.ts';
import { createKey } from '../../src/staff/keys.ts';
import { openSources, SECRET } from './sources-cast.ts';
import { Visitor } from './visitor.ts';

const { cast, databases, makeSource, orchard, url, visitors } = await openSources();
const { admin, marketer, other } = visitors;

async function waitForRun(sourceId: string) {
  const find = async () =>
    await rowsOf<{ status: string; new: string }>(
      databases.database.db,
      sql`select status, new from sync_runs where source_id = ${sourceId} order by started_at desc limit 1`,
    );
  await expect.poll(async () => (await find())[0]?.status).not.toBe('running');
  return (await find())[0];
}

describe('connecting a source', () => {
  const fields = () => ({
    name: 'Grandmother’s orchard',
    'settings.baseUrl': orchard.url,
    'secret.apiKey': SECRET,
    'settings.pageSize': '10',
    everyMinutes: '60',
  });

  test('offers what can be connected, and the form asks what the connector asks', async () => {
    expect((await admin.get('/sources/new')).text).toContain('href="/sources/new/orchard"');
    const form = await admin.get('/sources/new/orchard');
    expect(form.status).toBe(200);
    expect(form.text).toContain('name="secret.apiKey"');
    expect(form.text).toContain('type="password"');
    expect((await admin.get('/sources/new/csv')).status).toBe(404);
    expect((await admin.get('/sources/new/nothing')).status).toBe(404);
  });

  test('tries the settings, keeps them sealed, and fetches at once', async () => {
    const answer = await admin.post('/sources/new/orchard', fields(), '/sources/new/orchard');
    expect(answer.status).toBe(303);
    const path = answer.headers.location ?? '';
    const id = path.split('/').at(-1)!;
    expect(await waitForRun(id)).toMatchObject({ status: 'succeeded', new: '30' });
    const shown = await admin.get(path);
    expect(shown.text).toContain('It holds 30 apples.');
    expect(shown.text).toContain('Up to date');
    const source = await getSource(databases.database.db, cast.workspaceId, id);
    expect(source).toMatchObject({ name: 'Grandmother’s orchard', everyMinutes: 60 });
    expect(openSettings(source)).toEqual({ baseUrl: orchard.url, apiKey: SECRET, pageSize: 10 });
  });

  test('shows what the vendor says before anything is kept', async () => {
    const before = (await listSources(databases.database.db, cast.workspaceId)).length;
    const tried = await admin.post('/sources/new/orchard/checks', fields(), '/sources/new/orchard');
    expect(tried.text).toContain('It holds 30 apples.');
    orchard.misbehave = (_request, response) => {
      response.writeHead(401).end('{}');
      return true;
    };
    const refused = await admin.post('/sources/new/orchard', fields(), '/sources/new/orchard');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('role="alert"');
    expect(refused.text).toContain(orchard.url);
    expect(refused.text).not.toContain(SECRET);
    expect(await listSources(databases.database.db, cast.workspaceId)).toHaveLength(before);
  });

  test('says which field is missing', async () => {
    const { 'secret.apiKey': _key, ...rest } = fields();
    const refused = await admin.post('/sources/new/orchard', rest, '/sources/new/orchard');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('field-secret-apiKey-error');
    expect(refused.text).toContain('This is needed.');
  });
});

describe('the page of a source', () => {
  test('never shows a secret, only its end', async () => {
    const source = await makeSource();
    for (const path of ['', '/settings', '/quarantine']) {
      const shown = await admin.get(`/sources/${source.id}${path}`);
      expect(shown.status).toBe(200);
      expect(shown.text).not.toContain(SECRET);
    }
    expect((await admin.get(`/sources/${source.id}/settings`)).text).toContain('…ffee');
  });

  test('starts a sync and leads to its run, whose figures add up', async () => {
    const source = await makeSource();
    const answer = await admin.post(`/sources/${source.id}/sync-runs`, {}, `/sources/${source.id}`);
    expect(answer.headers.location).toMatch(new RegExp(`^/sources/${source.id}/runs/`));
    await waitForRun(source.id);
    const run = await admin.get(answer.headers.location!);
    expect(run.text).toContain('Succeeded');
    expect((await admin.get(`${answer.headers.location}/progress`)).text).toContain('<dd>30</dd>');
    expect((await admin.get('/runs')).text).toContain('Our orchard');
    expect((await admin.get('/runs?kind=sync')).text).toContain(answer.headers.location);
  });

  test('says in words what the vendor did wrong', async () => {
    const source = await makeSource();
    orchard.misbehave = (_request, response) => {
      response.writeHead(401).end('{}');
      return true;
    };
    await admin.post(`/sources/${source.id}/sync-runs`, {}, `/sources/${source.id}`);
    await waitForRun(source.id);
    expect((await admin.get('/sources')).text).toContain('Needs attention');
    expect((await admin.get(`/sources/${source.id}`)).text).toContain(
      'Nothing is fetched until somebody has looked',
    );
  });

  test('keeps a new name and rhythm, and a secret that was left empty', async () => {
    const source = await makeSource();
    const fields = {
      name: 'Renamed',
      everyMinutes: '15',
      'settings.baseUrl': orchard.url,
      'secret.apiKey': '',
      'settings.pageSize': '50',
    };
    const answer = await admin.post(
      `/sources/${source.id}/settings`,
      fields,
      `/sources/${source.id}/settings`,
    );
    expect(answer.status).toBe(303);
    const edited = await getSource(databases.database.db, cast.workspaceId, source.id);
    expect(edited).toMatchObject({ name: 'Renamed', everyMinutes: 15, ordersAreMoney: false });
    expect(openSettings(edited)).toMatchObject({ apiKey: SECRET, pageSize: 50 });
    const bad = await admin.post(
      `/sources/${source.id}/settings`,
      { ...fields, 'settings.baseUrl': 'https://evil.example.net' },
      `/sources/${source.id}/settings`,
    );
    expect(bad.status).toBe(422);
    expect(bad.text).toContain('the address it is sent to has changed');
  });

  test('has everyone computed anew where its orders begin or cease to count as money', async () => {
    const source = await makeSource();
    const { database } = databases;
    const waiting = async () => {
      const rows = await rowsOf<{ count: number }>(
        database.db,
        sql`select count(*)::int as count from changed_profiles where workspace_id = ${cast.workspaceId}`,
      );
      return rows[0]!.count;
    };
    const person = newId();
    await database.db.execute(
      sql`insert into profiles (workspace_id, id, created_at) values (${cast.workspaceId}, ${person}, now())`,
    );
    const save = async (more: Record<string, string>) => {
      const fields = {
        name: 'Shop',
        everyMinutes: '15',
        'settings.baseUrl': orchard.url,
        'secret.apiKey': '',
        ...more,
      };
      const path = `/sources/${source.id}/settings`;
      expect((await admin.post(path, fields, path)).status).toBe(303);
    };
    const before = await waiting();
    await save({ ordersAreMoney: 'yes' });
    expect(await waiting()).toBe(before);
    await save({});
    expect(await waiting()).toBeGreaterThan(before);
    await database.db.execute(sql`delete from changed_profiles where workspace_id = ${cast.workspaceId}`);
    await database.db.execute(sql`delete from profiles where id = ${person}`);
  });

  test('switches streams, pauses, resumes and removes, and each is in the audit log', async () => {
    const source = await makeSource();
    const base = `/sources/${source.id}`;
    await admin.post(`${base}/streams`, { 'streams[]': 'apples' }, base);
    expect((await admin.get(base)).text).toMatch(/value="pears">/);
    await admin.post(`${base}/pauses`, {}, base);
    expect((await admin.get(base)).text).toContain('Paused');
    await admin.post(`${base}/resumptions`, {}, base);
    await admin.post(`${base}/removals`, {}, `${base}/settings`);
    expect((await admin.get(base)).status).toBe(404);
    const entries = await rowsOf<{ action: string }>(
      databases.database.db,
      sql`select action from audit_entries where subject = ${source.id} order by at`,
    );
    expect(entries.map((entry) => entry.action)).toEqual([
      'source.streams-switched',
      'source.paused',
      'source.resumed',
      'source.removed',
    ]);
  });
});

describe('the ladder', () => {
  const paths = ['/sources', '/sources/new', '/sources/new/orchard', '/runs'];

  test('asks strangers to sign in and refuses readers and marketers', async () => {
    const source = await makeSource();
    const all = [
      ...paths,
      ...['', '/settings', '/quarantine', '/progress'].map((part) => `/sources/${source.id}${part}`),
    ];
    const stranger = new Visitor(url);
    for (const path of all) {
      expect((await stranger.get(path)).status, path).toBe(303);
      expect((await marketer.get(path)).status, path).toBe(403);
    }
    const posted = await marketer.post(`/sources/${source.id}/sync-runs`, {}, '/account');
    expect(posted.status).toBe(403);
  });

  test('hides what belongs to another business, and survives an id that is none', async () => {
    const foreign = await makeSource({ workspaceId: cast.otherId });
    for (const part of ['', '/settings', '/quarantine', '/progress'])
      expect((await admin.get(`/sources/${foreign.id}${part}`)).status).toBe(404);
    for (const action of [
      'sync-runs',
      'pauses',
      'removals',
      'streams',
      'resumptions',
      'webhook-registrations',
    ])
      expect((await admin.post(`/sources/${foreign.id}/${action}`, {}, '/sources')).status, action).toBe(404);
    for (const id of ['1', 'x', "'; drop table sources; --", '0190a7e0-0000-7000-8000-000000000000'])
      expect((await admin.get(`/sources/${encodeURIComponent(id)}`)).status).toBe(404);
    expect((await admin.get('/runs?before=yesterday')).status).toBe(400);
  });

  test('says what to do where there is nothing yet', async () => {
    await createBuiltInSources(databases.database.db, { id: cast.otherId });
    await databases.database.db.execute(
      sql`update sources set removed_at = now() where workspace_id = ${cast.otherId} and connector = 'orchard'`,
    );
    const shown = await other.get('/sources');
    expect(shown.text).toContain('Nothing is connected yet');
    expect(shown.text).toContain('Ready to receive');
    expect((await other.get('/runs')).text).toContain('Nothing has run yet');
  });
});

describe('for machines', () => {
  async function ask(method: 'get' | 'post', path: string, key: string) {
    const visitor = new Visitor(url);
    return await visitor.agent[method](path).set('authorization', `Bearer ${key}`);
  }
  const makeKey = async (kind: 'api' | 'write') =>
    (
      await createKey(databases.database, {
        workspaceId: cast.workspaceId,
        kind,
        name: 'Script',
        createdBy: cast.ids.admin,
      })
    ).secret;

  test('sources are listed and fetched with an api key, and with no other', async () => {
    const source = await makeSource();
    const key = await makeKey('api');
    const started = await ask('post', `/api/v1/sources/${source.id}/sync`, key);
    expect(started.status).toBe(202);
    await waitForRun(source.id);
    const listed = await ask('get', '/api/v1/sources', key);
    expect(listed.text).not.toContain(SECRET);
    const sources: { id: string; lastRun: { id: string } }[] = JSON.parse(listed.text).sources;
    expect(sources.find((one) => one.id === source.id)?.lastRun).toMatchObject({
      id: started.body.run,
      status: 'succeeded',
      read: 30,
    });
    expect((await ask('get', '/api/v1/sources', await makeKey('write'))).status).toBeGreaterThanOrEqual(401);
    const foreign = await makeSource({ workspaceId: cast.otherId });
    expect((await ask('post', `/api/v1/sources/${foreign.id}/sync`, key)).status).toBe(404);
  });

  test('a webhook is taken in at its address, whatever its method, and answered after the commit', async () => {
    const wish = {
      workspace: { id: cast.workspaceId },
      connector: 'orchard',
      name: 'Hooked',
      settings: { baseUrl: orchard.url, apiKey: SECRET },
    };
    const { source, hookToken } = await createSource(databases.database.db, wish);
    const visitor = new Visitor(url);
    const send = async (headers: Record<string, string>, body: string) =>
      await visitor.agent.post(`/hooks/${hookToken}`).set(headers).send(body);
    const kept = async () =>
      (await rowsOf(databases.database.db, sql`select 1 from raw_events where source_id = ${source.id}`))
        .length;
    expect((await send({ 'content-type': 'application/json' }, '{"id":"9"}')).status).toBe(401);
    expect(await kept()).toBe(0);
    const signed = { 'content-type': 'application/json', 'x-orchard': 'ripe' };
    expect((await send(signed, '{"id":')).status).toBe(400);
    expect((await send(signed, '{"id":"9"}')).status).toBe(200);
    expect((await send(signed, '{"id":"9"}')).status).toBe(200);
    expect(await kept()).toBe(1);
    expect((await visitor.get(`/hooks/${'x'.repeat(43)}`)).status).toBe(404);
    expect((await visitor.agent.head(`/hooks/${hookToken}`)).status).toBe(401);
  });
});
