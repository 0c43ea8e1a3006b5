import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../src/base/clock.ts';
import { readConfig } from '../../src/base/config.ts';
import { createApp } from '../../src/web/app.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Visitor } from './visitor.ts';

const CODE = 'the code that was printed';
let databases: TestDatabase;
let cast: Cast;
let url: string;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
});

test('the first visit needs the code, makes account and workspace, and closes behind itself', async () => {
  const empty = await createTestDatabase();
  let code: string | null = CODE;
  const address = await serve(empty, async () => code);
  const visitor = new Visitor(address);
  expect((await visitor.get('/setup?code=guessed')).status).toBe(404);
  expect((await visitor.get('/setup')).status).toBe(404);
  expect((await visitor.get('/login')).text).toContain('Nobody has an account yet');
  const from = `/setup?code=${encodeURIComponent(CODE)}`;
  const fields = {
    code: CODE,
    name: 'Ada',
    email: 'Ada@Tea.example',
    password: 'short',
    business: "Ada's Tea",
    timezone: 'Europe/Berlin',
    currency: 'EUR',
    kind: 'shop',
  };
  const weak = await visitor.post('/setup', fields, from);
  expect(weak.status).toBe(422);
  expect(weak.text).toContain('Use at least 12 characters');
  expect(weak.text).toContain('value="Ada@Tea.example"');
  expect(weak.text).not.toContain('value="short"');
  expect(
    (await visitor.post('/setup', { ...fields, password: PASSWORD, timezone: 'Mars/North' }, from)).status,
  ).toBe(422);
  expect(
    (await visitor.post('/setup', { ...fields, password: PASSWORD, code: 'guessed' }, from)).status,
  ).toBe(404);
  expect((await visitor.post('/setup', { ...fields, password: PASSWORD }, from)).headers.location).toBe('/');
  expect((await visitor.get('/settings')).text).toContain('Tea');
  code = null;
  expect((await new Visitor(address).get(from)).status).toBe(404);
});

async function serve(
  { database, web }: TestDatabase,
  setupCode: () => Promise<string | null>,
): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  server.unref();
  server.on(
    'request',
    createApp({ pipeline: database, web, config: readConfig({ PORT: String(port) }), setupCode }),
  );
  return `http://127.0.0.1:${port}`;
}

async function admin(): Promise<Visitor> {
  const visitor = new Visitor(url);
  await visitor.signIn(EMAILS.admin, PASSWORD);
  return visitor;
}

async function invite(email: string): Promise<string> {
  const answer = await (await admin()).post(
    '/settings/colleagues',
    { email, role: 'viewer' },
    '/settings/colleagues',
  );
  expect(answer.status).toBe(201);
  return /\/invitations\/[\w-]{43}/.exec(answer.text)?.[0] ?? '';
}

test('an invitation lets one person in, once, and only for half an hour', async () => {
  const link = await invite('nina@ada.example');
  const nina = new Visitor(url);
  expect((await nina.get(link)).text).toContain('nina@ada.example');
  expect((await nina.post(link, { name: 'Nina', password: 'password123!' }, link)).status).toBe(422);
  expect((await nina.post(link, { name: 'Nina', password: PASSWORD }, link)).headers.location).toBe('/');
  expect((await nina.get('/account')).status).toBe(200);
  expect((await nina.get('/settings')).status).toBe(403);
  expect((await new Visitor(url).get(link)).status).toBe(404);
  const late = await invite('late@ada.example');
  const afterwards = now();
  afterwards.setMinutes(afterwards.getMinutes() + 31);
  startClockAt(afterwards);
  expect((await new Visitor(url).get(late)).status).toBe(404);
  resetClock();
});

test('an invitation to an address that has an account asks for its password', async () => {
  const link = await invite(EMAILS.other);
  const stranger = new Visitor(url);
  const refused = await stranger.post(link, { password: 'not the password of Otto' }, link);
  expect(refused.status).toBe(422);
  expect((await stranger.get('/account')).status).toBe(303);
  const otto = new Visitor(url);
  expect((await otto.post(link, { password: PASSWORD }, link)).headers.location).toBe('/');
  expect((await otto.get('/account')).text).toContain('Otto&#39;s Boats');
  expect(
    (await otto.post('/workspace-switches', { workspaceId: cast.otherId }, '/account')).headers.location,
  ).toBe('/');
  expect((await otto.get('/settings')).status).toBe(200);
});

test('a link for a new password works once and ends every session', async () => {
  const vera = new Visitor(url);
  await vera.signIn(EMAILS.viewer, PASSWORD);
  const made = await (await admin()).post(
    `/settings/colleagues/${cast.ids.viewer}/password-links`,
    {},
    '/settings/colleagues',
  );
  const link = /\/password-resets\/[\w-]{43}/.exec(made.text)?.[0] ?? '';
  const visitor = new Visitor(url);
  expect((await visitor.post(link, { password: 'qwertyuiop12' }, link)).status).toBe(422);
  expect((await visitor.post(link, { password: 'a new song of the kettle' }, link)).headers.location).toBe(
    '/login',
  );
  expect((await visitor.get(link)).status).toBe(404);
  expect((await vera.get('/account')).status).toBe(303);
  expect((await vera.signIn(EMAILS.viewer, 'a new song of the kettle')).headers.location).toBe('/');
  expect((await vera.signIn(EMAILS.viewer, PASSWORD)).status).toBe(422);
});

test('a link that was sent as an array, an object or twice opens nothing', async () => {
  const visitor = new Visitor(url);
  for (const path of [
    '/invitations/[object%20Object]',
    '/invitations/a,b',
    '/password-resets/%5B%5D',
    '/password-resets/__proto__',
  ]) {
    expect((await visitor.get(path)).status, path).toBe(404);
  }
  const token = await visitor.token();
  const doubled = await visitor.agent
    .post('/login')
    .type('form')
    .send(`_csrf=${token}&email=a&email=b&password=x&next=/`)
    .redirects(0);
  expect(doubled.status).toBe(400);
  const asObject = await visitor.agent
    .post('/login')
    .type('form')
    .send(`_csrf=${token}&email[$gt]=&password=x&next=/`)
    .redirects(0);
  expect(asObject.status).toBe(422);
});

test('asking for a new password tells nobody who has an account, and mails the link to its owner', async () => {
  const { smtpUrl, mails } = await receiveMails();
  const { url: mailingUrl } = await serveApp(databases, { SMTP_URL: smtpUrl });
  const ask = async (email: string) =>
    await new Visitor(mailingUrl).post('/password-resets', { email }, '/password-resets');
  const known = await ask(EMAILS.admin);
  const unknown = await ask('nobody@ada.example');
  expect(known.status).toBe(200);
  expect(strip(known.text)).toBe(strip(unknown.text));
  await expect.poll(() => mails.length).toBe(1);
  expect(mails[0]?.to).toBe(EMAILS.admin);
  const link = new RegExp(`${mailingUrl}(/password-resets/[\\w-]{43})`).exec(mails[0]?.text ?? '')?.[1] ?? '';
  expect((await new Visitor(mailingUrl).get(link)).status).toBe(200);
});

function strip(html: string): string {
  return html.replaceAll(/nonce="[^"]*"|value="[^"]*"/g, '');
}

async function receiveMails(): Promise<{ smtpUrl: string; mails: { to: string; text: string }[] }> {
  const mails: { to: string; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, session, done) => {
      simpleParser(stream).then((mail) => {
        mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', text: mail.text ?? '' });
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => new Promise<void>((resolve) => server.close(resolve)));
  return { smtpUrl: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, mails };
}

test('the last admin stays, and bad input comes back beside its field', async () => {
  const visitor = await admin();
  const refused = await visitor.post(
    `/settings/colleagues/${cast.ids.admin}/role`,
    { role: 'viewer' },
    '/settings',
  );
  expect(refused.status).toBe(409);
  const bad = await visitor.post(
    '/settings',
    { name: '  ', timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' },
    '/settings',
  );
  expect(bad.status).toBe(422);
  expect(bad.text).toMatch(/role="alert">Give the business a name\./);
  const header = await visitor.post(
    '/settings/sending',
    {
      fromName: 'Ada\r\nBcc: all@x.example',
      fromEmail: '',
      postalAddress: '',
      capMessages: '0',
      capDays: '7',
    },
    '/settings',
  );
  expect(header.status).toBe(422);
});
