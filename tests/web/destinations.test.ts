import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { serveApp } from '../setup/app.ts';
import { addReaders } from '../setup/audience.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { type Receiver, SECRET, startReceiver } from '../vendors/receiver.ts';
import { Visitor } from './visitor.ts';

let databases: TestDatabase;
let cast: Cast;
let receiver: Receiver;
let folder: string;
let ids: string[];
const visitors: Record<string, Visitor> = {};

beforeAll(async () => {
  await loadConnectors();
  receiver = await startReceiver();
  folder = await mkdtemp(path.join(tmpdir(), 'segments-exports-'));
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  const { url } = await serveApp(databases);
  configureConnections({ allow: [receiver.host], tries: 1, exportsDir: folder });
  for (const name of ['viewer', 'marketer', 'admin', 'other'] as const) {
    visitors[name] = new Visitor(url);
    await visitors[name].signIn(EMAILS[name], PASSWORD);
  }
  visitors.nobody = new Visitor(url);
  const workspace = await withWorkspace(
    databases.database,
    cast.workspaceId,
    async (scope) => scope.workspace,
  );
  const people = Array.from({ length: 12 }, (_, n) => ({ email: `person${n}@example.com` }));
  ids = await addReaders(databases.database, workspace, people);
});
afterAll(async () => await receiver.close());

const fieldsOf = (extra: Record<string, string> = {}) => ({
  segmentKey: 'readers',
  name: 'Readers',
  everyMinutes: '60',
  'settings.url': receiver.settings.url,
  'secret.secret': SECRET,
  ...extra,
});

async function addWebhook(extra: Record<string, string> = {}): Promise<string> {
  const made = await visitors.admin!.post('/destinations/new/webhook-out', fieldsOf(extra));
  expect(made.status).toBe(303);
  return made.headers.location ?? '';
}

async function waitForRun(id: string): Promise<void> {
  const find = async () =>
    await rowsOf<{ status: string }>(
      databases.database.db,
      sql`select status from destination_runs where destination_id = ${id} order by started_at desc limit 1`,
    );
  await expect.poll(async () => (await find())[0]?.status ?? 'running').not.toBe('running');
}

test('destinations are found by what they are called, and by what a segment is there', async () => {
  const all = await visitors.admin!.get('/destinations/new');
  for (const name of ['Mailchimp', 'Klaviyo', 'Meta Ads', 'Google Ads', 'Webhook', 'CSV file'])
    expect(all.text).toContain(name);
  const found = await visitors.admin!.get('/destinations/new?q=custom+audience');
  expect(found.text).toContain('/destinations/new/meta-ads');
  expect(found.text).not.toContain('/destinations/new/mailchimp');
  expect((await visitors.admin!.get('/destinations/new?q=fax')).text).toContain('Nothing is called that');
});

test('one that only takes is connected by the way, tried first, and is no source', async () => {
  const refused = await visitors.admin!.post(
    '/destinations/new/webhook-out',
    fieldsOf({ 'secret.secret': `whsec_${Buffer.alloc(32, 1).toString('base64')}` }),
  );
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('does not accept our signature');
  const page = await addWebhook();
  const shown = await visitors.marketer!.get(page);
  expect(shown.text).toContain('Each hour');
  expect((await visitors.admin!.get('/sources')).text).not.toContain('Webhook to your system');
});

test('the dry run names a few of those it would tell of; the push tells them, and the page says how it went', async () => {
  const page = await addWebhook({ name: 'Second' });
  const dry = await visitors.marketer!.get(`${page}/dry-run`);
  expect(dry.text).toContain('person0@example.com');
  expect(dry.text).toContain('The first 10 of 12.');
  const before = receiver.messages.size;
  const pushed = await visitors.marketer!.post(`${page}/pushes`, {});
  expect(pushed.status).toBe(303);
  await waitForRun(page.split('/').at(-1) ?? '');
  expect(receiver.messages.size - before).toBe(12);
  const shown = await visitors.marketer!.get(page);
  expect(shown.text).toContain('Succeeded');
  expect((await visitors.marketer!.get(`${page}/dry-run`)).text).toContain('Nobody.');
});

test('who was refused is listed with the reason, opens to the person, and can be tried again', async () => {
  const page = await addWebhook({ name: 'Third' });
  receiver.dislikes.set(ids[3]!, { status: 422, json: {} });
  await visitors.marketer!.post(`${page}/pushes`, {});
  await waitForRun(page.split('/').at(-1) ?? '');
  const shown = await visitors.marketer!.get(page);
  expect(shown.text).toContain(`/people/${ids[3]}`);
  expect(shown.text).toContain('refused the request (status 422)');
  receiver.dislikes.clear();
  expect((await visitors.marketer!.post(`${page}/retries`, {})).status).toBe(303);
  await expect.poll(async () => (await visitors.marketer!.get(page)).text).not.toContain('status 422');
});

test('a file is laid down in the folder of the business', async () => {
  const made = await visitors.admin!.post('/destinations/new/csv-folder', {
    ...{ segmentKey: 'readers', name: '../Readers', everyMinutes: '' },
  });
  expect(made.status).toBe(303);
  await visitors.marketer!.post(`${made.headers.location}/pushes`, {});
  await waitForRun(made.headers.location?.split('/').at(-1) ?? '');
  const [name = ''] = await readdir(path.join(folder, cast.workspaceId));
  expect(name).toMatch(/^readers-[0-9a-f]{8}\.csv$/);
  const text = await readFile(path.join(folder, cast.workspaceId, name), 'utf8');
  expect(text.trim().split('\r\n')).toHaveLength(13);
});

test('rhythm, pause and removal are an admin’s; bad input is shown again', async () => {
  const page = await addWebhook({ name: 'Fourth' });
  expect((await visitors.admin!.post(`${page}/rhythms`, { everyMinutes: '1' })).status).toBe(303);
  expect((await visitors.marketer!.get(page)).text).toContain('Each minute');
  expect((await visitors.admin!.get(page)).text).not.toMatch(/name="tellsTrouble"[^>]* checked/);
  await visitors.admin!.post(`${page}/rhythms`, { everyMinutes: '1', tellsTrouble: 'on' });
  expect((await visitors.admin!.get(page)).text).toMatch(/name="tellsTrouble"[^>]* checked/);
  expect((await visitors.admin!.post(`${page}/rhythms`, { everyMinutes: '7' })).status).toBe(422);
  expect((await visitors.marketer!.post(`${page}/pauses`, {})).status).toBe(403);
  await visitors.admin!.post(`${page}/pauses`, {});
  expect((await visitors.marketer!.get(page)).text).toContain('when it is resumed');
  const empty = await visitors.admin!.post(
    '/destinations/new/webhook-out',
    fieldsOf({ name: '', segmentKey: '' }),
  );
  expect(empty.status).toBe(422);
  expect(empty.text).toContain('Choose a segment.');
  expect(empty.text).toContain('Give the audience a name.');
  expect(empty.text).not.toContain(SECRET);
  expect((await visitors.admin!.post(`${page}/removals`, {})).headers.location).toBe('/destinations');
  expect((await visitors.marketer!.get(page)).status).toBe(404);
});

test('nobody else gets in', async () => {
  const page = await addWebhook({ name: 'Fifth' });
  for (const address of [page, `${page}/dry-run`, '/destinations']) {
    expect((await visitors.nobody!.get(address)).headers.location).toContain('/login');
    expect((await visitors.viewer!.get(address)).status).toBe(403);
  }
  for (const address of [page, `${page}/dry-run`])
    expect((await visitors.other!.get(address)).status).toBe(404);
  for (const action of ['pushes', 'retries'])
    expect((await visitors.viewer!.post(`${page}/${action}`, {})).status).toBe(403);
  for (const action of ['restarts', 'rhythms'])
    expect((await visitors.marketer!.post(`${page}/${action}`, {})).status).toBe(403);
  for (const id of ['nonsense', '0190a7e0-0000-7000-8000-000000000000'])
    expect([400, 404]).toContain((await visitors.admin!.get(`/destinations/${id}/dry-run`)).status);
  expect((await visitors.admin!.get('/destinations/new/fax')).status).toBe(404);
});
