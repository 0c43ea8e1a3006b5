import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { sendDue } from '../../src/flow/send/sender.ts';
import { saveSendingSettings } from '../../src/flow/send/settings.ts';
import { createKey } from '../../src/staff/keys.ts';
import { serveApp } from '../setup/app.ts';
import { addReaders, configOf, HTML, SENDING } from '../setup/audience.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Visitor } from './visitor.ts';

let databases: TestDatabase;
let cast: Cast;
let url: string;
const visitors: Record<string, Visitor> = {};
let readers: string[];

const FORM = {
  name: 'June letter',
  segmentKey: 'readers',
  topic: 'newsletter',
  subject: 'Tea for {{ firstName | default: "you" }}',
  preheader: '',
  html: HTML,
  text: '',
  fromName: '',
  fromEmail: '',
  controlPercent: '0',
};

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  const workspace = { id: cast.workspaceId } as never;
  readers = await addReaders(databases.database, workspace, [
    { email: 'ada@example.com', firstName: 'Ada' },
    { email: 'ben@example.com' },
    { email: 'cleo@example.com', consent: 'withdrawn' },
  ]);
  await withWorkspace(databases.database, cast.workspaceId, ({ db }) =>
    saveSendingSettings(db, cast.workspaceId, SENDING.sending),
  );
  for (const [role, email] of Object.entries(EMAILS)) {
    visitors[role] = new Visitor(url);
    await visitors[role].signIn(email, PASSWORD);
  }
});

/** Saves a draft as the marketer; returns its path. */
async function write(extra: Partial<typeof FORM> = {}): Promise<string> {
  const answer = await visitors.marketer!.post('/messages', { ...FORM, ...extra }, '/messages/new');
  expect(answer.status).toBe(303);
  return answer.headers.location!.replace('/preview', '');
}

test('a marketer writes a message, looks at it, counts its audience, starts it and reads the report', async () => {
  const mona = visitors.marketer!;
  const path = await write();
  const preview = await mona.get(`${path}/preview?as=${readers[0]}`);
  expect(preview.text).toContain('Tea for Ada');
  expect((await mona.get(`${path}/preview/body?as=${readers[0]}`)).text).toContain('Hello Ada');
  expect(
    (await mona.get(`${path}/preview/body?as=${readers[0]}`)).headers['content-security-policy'],
  ).toContain('sandbox;');
  expect((await mona.post(`${path}/test-sends`, { as: readers[0]! }, `${path}/preview`)).status).toBe(303);
  await mona.post(`${path}/counts`, {}, `${path}/audience`);
  const audience = await mona.get(`${path}/audience`);
  expect(audience.text).toContain('1 unsubscribed');
  expect((await mona.get(`${path}/audience?reason=unsubscribed`)).text).toContain('cleo@example.com');
  expect((await mona.get(`${path}/audience?reason=none`)).text).toContain('ben@example.com');
  expect((await mona.post(`${path}/starts`, { sure: 'yes' }, `${path}/audience`)).headers.location).toBe(
    path,
  );
  await sendDue(databases.database, { workspaceId: cast.workspaceId, config: configOf() });
  const report = await mona.get(path);
  expect(report.text).toMatch(/Sent<\/p>\s*<p class="stat-value"><a href="[^"]+">2</);
  expect(report.text).toContain('unsubscribed');
  expect((await mona.get(`${path}/people?status=sent`)).text).toContain('ada@example.com');
  expect((await mona.get('/messages/outbox')).text).toContain('[Test] Tea for Ada');
  const [mail] = await rowsOf<{ id: string }>(
    databases.database.db,
    sql`select id from outbox where to_address = 'ada@example.com'`,
  );
  expect((await mona.get(`/messages/outbox/${mail!.id}`)).text).toContain('List-Unsubscribe');
  expect((await mona.get(`/messages/outbox/${mail!.id}/body`)).text).toContain('Hello Ada');
  expect((await mona.get('/messages')).text).toContain('June letter');
});

test('a start that is not sure, or of a message without a way out, says why and sends nothing', async () => {
  const mona = visitors.marketer!;
  const path = await write({ html: '<p>Hi</p>' });
  await mona.post(`${path}/starts`, {}, `${path}/audience`);
  expect((await mona.get(`${path}/audience`)).text).toContain('this cannot be taken back');
  await mona.post(`${path}/starts`, { sure: 'yes' }, path);
  expect((await mona.get(`${path}/audience`)).text).toContain('no unsubscribe link');
  expect(
    await rowsOf(
      databases.database.db,
      sql`select 1 from deliveries where campaign_id = ${path.split('/').at(-1)!}`,
    ),
  ).toEqual([]);
});

test('what is wrong stands beside the field, with the words as they were typed', async () => {
  const mona = visitors.marketer!;
  const header = await mona.post(
    '/messages',
    { ...FORM, subject: 'Tea\r\nBcc: all@example.com' },
    '/messages/new',
  );
  expect(header.status).toBe(422);
  expect(header.text).toContain('Use one line');
  expect(header.text).toContain('June letter');
  const words = await mona.post('/messages', { ...FORM, html: '{{ name | raw }} of mine' }, '/messages/new');
  expect(words.status).toBe(422);
  expect(words.text).toContain('undefined filter: raw');
  expect(words.text).toContain('of mine');
});

test('a draft can be changed and removed; what has started cannot', async () => {
  const mona = visitors.marketer!;
  const path = await write();
  await mona.post(path, { ...FORM, name: 'July letter' }, path);
  expect((await mona.get(path)).text).toContain('July letter');
  await mona.post(`${path}/removals`, {}, path);
  expect((await mona.get(path)).status).toBe(404);
  const started = await write();
  await mona.post(`${started}/starts`, { sure: 'yes' }, `${started}/audience`);
  expect((await mona.post(started, FORM, '/messages/new')).status).toBe(409);
  expect((await mona.post(`${started}/pauses`, {}, started)).status).toBe(303);
  expect((await mona.get(started)).text).toContain('Paused');
  expect(
    await sendDue(databases.database, { workspaceId: cast.workspaceId, config: configOf() }),
  ).toMatchObject({ sent: 0 });
});

test('every page asks to sign in, hides what is not yours, refuses readers where it must and survives bad ids', async () => {
  const path = await write();
  const pages = [
    path,
    `${path}/audience`,
    `${path}/people`,
    `${path}/progress`,
    `${path}/preview`,
    `${path}/preview/body`,
  ];
  const stranger = new Visitor(url);
  for (const page of [
    ...pages,
    '/messages',
    '/messages/new',
    '/messages/outbox',
    '/destinations',
    '/destinations/new',
  ]) {
    expect((await stranger.get(page)).headers.location).toMatch(/^\/login/);
  }
  for (const page of pages) expect([page, (await visitors.other!.get(page)).status]).toEqual([page, 404]);
  for (const page of [
    '/messages/new',
    `${path}/preview`,
    `${path}/preview/body`,
    '/destinations',
    '/destinations/new',
  ]) {
    expect([page, (await visitors.viewer!.get(page)).status]).toEqual([page, 403]);
  }
  expect((await visitors.marketer!.get('/destinations/new')).status).toBe(403);
  const forms = [
    `${path}/starts`,
    `${path}/counts`,
    `${path}/removals`,
    `${path}/test-sends`,
    path,
    '/messages',
  ];
  for (const form of forms)
    expect([form, (await visitors.viewer!.post(form, { sure: 'yes' }, '/messages')).status]).toEqual([
      form,
      403,
    ]);
  for (const form of forms)
    expect([form, (await visitors.marketer!.postAs(form, { sure: 'yes' })).status]).toEqual([form, 403]);
  for (const id of ['x', newId(), "'", '%00', '..']) {
    expect([404, 400]).toContain((await visitors.marketer!.get(`/messages/${id}`)).status);
    expect([404, 400]).toContain((await visitors.admin!.get(`/destinations/${id}`)).status);
  }
});

test('a viewer sees masked addresses', async () => {
  const path = await write();
  await visitors.marketer!.post(`${path}/starts`, { sure: 'yes' }, `${path}/audience`);
  const people = (await visitors.viewer!.get(`${path}/people`)).text;
  expect(people).toContain('b•••@e•••.com');
  expect(people).not.toContain('ben@example.com');
});

test('machines create, start and read a campaign with an api key', async () => {
  const { secret: key } = await createKey(databases.database, {
    workspaceId: cast.workspaceId,
    kind: 'api',
    name: 'Till',
    createdBy: null,
  });
  const ask = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${url}/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
  const made = await ask('/campaigns', {
    name: 'By machine',
    segment: 'readers',
    topic: 'newsletter',
    subject: 'Tea',
    html: HTML,
  });
  expect(made.status).toBe(201);
  const id = made.json.campaign as string;
  const started = await ask(`/campaigns/${id}/starts`, {});
  expect(started.json.waterfall).toMatchObject([
    { step: 'in_segment', count: 3 },
    {},
    {},
    {},
    {},
    {},
    { step: 'will_receive', count: 2 },
  ]);
  expect((await ask(`/campaigns/${id}/starts`, {})).status).toBe(409);
  const page = await ask(`/campaigns/${id}/deliveries?limit=2`);
  expect(page.json.deliveries).toHaveLength(2);
  const rest = await ask(`/campaigns/${id}/deliveries?limit=2&after=${page.json.next}`);
  expect(rest.json.deliveries).toHaveLength(1);
  expect(rest.json.next).toBeNull();
  const bad = await ask('/campaigns', {
    name: 'x',
    segment: 'nobody',
    topic: 'newsletter',
    subject: 'a\nb',
    html: '',
  });
  expect(bad.status).toBe(400);
  expect((bad.json.issues as { path: string }[]).map((issue) => issue.path).sort()).toEqual([
    'html',
    'subject',
  ]);
});
