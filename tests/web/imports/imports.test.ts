import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { finishImports } from '../../../src/tasks/importing.ts';
import { serveApp } from '../../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts';
import { type Answer, Visitor } from '../visitor.ts';

const CDNOW = gunzipSync(
  readFileSync(path.join(import.meta.dirname, '../../fixtures/cdnow/transactions.csv.gz')),
);
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'imports-'));

let databases: TestDatabase;
let cast: Cast;
let url: string;
let mona: Visitor;

beforeAll(async () => {
  await loadConnectors();
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases, { DATA_DIR: dataDir }));
  mona = await signedIn('marketer');
});

async function signedIn(who: keyof typeof EMAILS): Promise<Visitor> {
  const visitor = new Visitor(url);
  expect((await visitor.signIn(EMAILS[who], PASSWORD)).status).toBe(303);
  return visitor;
}
async function upload(content: string | Buffer, name = 'people.csv', visitor = mona): Promise<Answer> {
  const token = await visitor.token('/imports/new');
  return await visitor.agent
    .post('/imports')
    .field('_csrf', token)
    .attach('file', Buffer.from(content), name)
    .redirects(0);
}
const idOf = (answer: Answer) => /^\/imports\/([0-9a-f-]{36})/.exec(answer.headers.location ?? '')?.[1] ?? '';
/** What a reader sees: tags and folded spaces gone. */
const wordsOf = (answer: Answer) => answer.text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
const PURCHASES = {
  kind: 'events',
  role_0: 'ignore',
  role_1: 'user_id',
  role_2: 'occurredAt',
  role_3: 'property',
  name_3: 'quantity',
  role_4: 'value',
  eventName: 'order_placed',
  currency: 'USD',
  format: 'yyyy-MM-dd',
};
async function importPurchases(content: string | Buffer = CDNOW): Promise<Answer> {
  const id = idOf(await upload(content, 'transactions.csv'));
  const started = await mona.post(`/imports/${id}/mapping`, PURCHASES, `/imports/${id}/mapping`);
  expect(started).toMatchObject({ status: 303, headers: { location: `/imports/${id}` } });
  await finishImports();
  return await mona.get(`/imports/${id}`);
}

test('2,357 customers and 6,919 orders come in through the page, and again change nothing', async () => {
  for (const known of ['0', '6,919']) {
    const words = wordsOf(await importPurchases());
    expect(words).toContain('Done');
    expect(words).toContain('Rows 6,919 after the header Taken in 6,919');
    expect(words).toContain(`${known} known before Set aside 0`);
    const [figures] = await rowsOf(
      databases.database.db,
      sql`select count(*)::int as orders, count(distinct profile_id)::int as people, sum(value)::text as total
            from events where workspace_id = ${cast.workspaceId}`,
    );
    expect(figures).toEqual({ orders: 6_919, people: 2_357, total: '244091.94' });
  }
  expect(readdirSync(path.join(dataDir, 'uploads'))).toEqual([]);
}, 120_000);

test('the columns of a file are guessed, and the last meaning is offered for the next one like it', async () => {
  const content =
    'Kunden-Nr;E-Mail;Vorname;Datum;Betrag;Bestellnummer\n7;a@x.test;Ada;24.12.2025;1.234,50;B-1\n';
  const first = idOf(await upload(content));
  const guessed = (await mona.get(`/imports/${first}/mapping`)).text;
  const chosen = (html: string, at: number) =>
    new RegExp(`name="role_${at}"[^]*?<option value="(\\w+)" selected`).exec(html)?.[1];
  expect([0, 1, 2, 3, 4, 5].map((at) => chosen(guessed, at))).toEqual([
    'user_id',
    'email',
    'property',
    'occurredAt',
    'value',
    'property',
  ]);
  expect(guessed).toContain('name="format" type="text" value="dd.MM.yyyy"');
  expect(guessed).toContain('name="name_5" value="order_id"');
  const people = (await mona.get(`/imports/${first}/mapping?kind=people`)).text;
  expect(chosen(people, 2)).toBe('trait');
  expect(people).toContain('name="name_2" value="firstName"');
  const fields = { kind: 'people', role_0: 'ignore', role_1: 'email', role_2: 'trait', name_2: 'nickname' };
  expect((await mona.post(`/imports/${first}/mapping`, fields, `/imports/${first}/mapping`)).status).toBe(
    303,
  );
  await finishImports();
  const second = idOf(await upload(content.replace('Ada', 'Bea')));
  const offered = (await mona.get(`/imports/${second}/mapping`)).text;
  expect(chosen(offered, 1)).toBe('email');
  expect(offered).toContain('name="name_2" value="nickname"');
});

test('rows that cannot be taken in are shown with line and reason, and can be downloaded', async () => {
  const header = CDNOW.toString().split('\n')[0];
  const answer = await importPurchases(
    `${header}\n1,1,1997-01-01,2,ten\n2,2,1997-01-01,2,=1+1\n3,3,1997-01-01,1,5\n`,
  );
  const words = wordsOf(answer);
  expect(words).toContain('Taken in 1');
  expect(words).toMatch(/1 amount &#34;ten&#34; is not a number\. .*master_id: 1/);
  const id = /\/imports\/([0-9a-f-]{36})\/set-aside/.exec(answer.text)![1];
  const file = await mona.get(`/imports/${id}/set-aside.csv`);
  expect(file.headers['content-type']).toContain('text/csv');
  expect(file.text).toContain(`2,amount,"'""=1+1"" is not a number."`);
});

test('a decision in a file becomes a consent, and a file without one gives nobody a message', async () => {
  const id = idOf(await upload('email,opt\nyes@x.test,Ja\nno@x.test,Nein\n'));
  const consent = {
    consent_column: 'opt',
    consent_channel: 'email',
    consent_topic: 'newsletter',
    consent_granted: 'ja',
    consent_withdrawn: 'nein',
  };
  await mona.post(
    `/imports/${id}/mapping`,
    { kind: 'people', role_0: 'email', role_1: 'ignore', ...consent },
    `/imports/${id}/mapping`,
  );
  await finishImports();
  const decisions = await rowsOf(
    databases.database.db,
    sql`select via_value, state from consents where workspace_id = ${cast.workspaceId} order by via_value`,
  );
  expect(decisions).toEqual([
    { via_value: 'no@x.test', state: 'withdrawn' },
    { via_value: 'yes@x.test', state: 'granted' },
  ]);
});

test.each([
  [
    'no column that names the person',
    { role_0: 'trait', role_1: 'trait' },
    'Say which column names the person',
  ],
  ['one meaning for two columns', { role_0: 'email', role_1: 'email' }, 'Another column is this already.'],
  ['an event without a name', { kind: 'events', role_0: 'email', role_1: 'property' }, 'Say what happened'],
  [
    'consent without words',
    { role_0: 'email', consent_column: 'b', consent_channel: 'email' },
    'Say which words mean yes',
  ],
  [
    'a form of time that fits no row',
    { role_0: 'email', role_1: 'occurredAt', format: 'yyyy' },
    'None of the first 1 rows can be read this way. line 1, b:',
  ],
])('a mapping with %s is shown again with the reason', async (_what, fields, reason) => {
  const id = idOf(await upload('a,b\na@x.test,something\n'));
  const answer = await mona.post(
    `/imports/${id}/mapping`,
    { kind: 'people', ...fields },
    `/imports/${id}/mapping`,
  );
  expect(answer.status).toBe(422);
  expect(wordsOf(answer)).toContain(reason);
});

test.each([
  ['no file', '', ''],
  ['an empty file', '', 'empty.csv'],
  ['a spreadsheet', Buffer.from('504b030414000600', 'hex'), 'book.xlsx'],
])('%s is refused beside its field and leaves nothing behind', async (_what, content, name) => {
  const before = readdirSync(path.join(dataDir, 'uploads'));
  const answer = await upload(content, name);
  expect(answer.status).toBe(422);
  expect(answer.text).toContain('id="field-file-error"');
  expect(readdirSync(path.join(dataDir, 'uploads'))).toEqual(before);
});

test('the name of a file is shown and never a path', async () => {
  const id = idOf(await upload('email\na@x.test\n', '../../<b>etc.csv'));
  expect(id).not.toBe('');
  const answer = await mona.get(`/imports/${id}/mapping`);
  expect(answer.text).not.toContain('<b>etc');
  expect(readdirSync(path.join(dataDir, 'uploads'))).toContain(`${id}.csv`);
});

test('a file beyond 50 MB is refused and does not stay', async () => {
  const before = readdirSync(path.join(dataDir, 'uploads'));
  const answer = await upload(Buffer.alloc(53 * 1_048_576, 'a,b\n'));
  expect(answer.status).toBe(413);
  expect(readdirSync(path.join(dataDir, 'uploads'))).toEqual(before);
});

test('the list says what came of each file', async () => {
  const answer = await mona.get('/imports');
  expect(answer.status).toBe(200);
  expect(wordsOf(answer)).toContain('transactions.csv Done Events 6,919');
  const otto = await signedIn('other');
  expect(wordsOf(await otto.get('/imports'))).toContain('Nothing imported yet');
});

test('imports are for marketers of this business only', async () => {
  const id = idOf(await upload('email\na@x.test\n'));
  const pages = [
    '/imports',
    '/imports/new',
    `/imports/${id}`,
    `/imports/${id}/mapping`,
    `/imports/${id}/state`,
    `/imports/${id}/set-aside.csv`,
  ];
  const vera = await signedIn('viewer');
  const otto = await signedIn('other');
  for (const page of pages) {
    expect((await new Visitor(url).get(page)).status).toBe(303);
    expect((await vera.get(page)).status).toBe(403);
    expect((await mona.get(page)).status).toBe(200);
    if (page.includes(id)) expect((await otto.get(page)).status).toBe(404);
    expect((await mona.get(page.replace(id, 'x'))).status).toBe(page.includes(id) ? 404 : 200);
    expect((await mona.get(page.replace(id, '0190a7e0-0000-7000-8000-000000000000'))).status).toBe(
      page.includes(id) ? 404 : 200,
    );
  }
  const token = await vera.token('/account');
  expect((await vera.postAs(`/imports/${id}/mapping`, { kind: 'people', _csrf: token })).status).toBe(403);
  expect(
    (await otto.post(`/imports/${id}/mapping`, { kind: 'people', role_0: 'email' }, '/account')).status,
  ).toBe(404);
});
