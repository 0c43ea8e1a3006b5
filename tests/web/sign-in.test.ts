import { sql } from 'drizzle-orm';
import { generate } from 'otplib';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../src/base/clock.ts';
import { changeRole, closeAccount } from '../../src/staff/colleagues.ts';
import { createUser, setPassword } from '../../src/staff/users.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Visitor } from './visitor.ts';

let databases: TestDatabase;
let cast: Cast;
let url: string;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
});

afterEach(resetClock);

/** Somebody of their own, so that tests do not count into each other's throttle. */
async function newColleague(email: string): Promise<string> {
  const given = {
    email,
    name: 'Nora New',
    password: PASSWORD,
    workspaceId: cast.workspaceId,
    role: 'admin' as const,
  };
  return (await createUser(databases.database, given)).id;
}

async function signedIn(email: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  expect((await visitor.signIn(email, PASSWORD)).headers.location).toBe('/');
  return visitor;
}

test('a visitor is asked to sign in and led back to where they wanted to go', async () => {
  const visitor = new Visitor(url);
  const asked = await visitor.get('/settings/audit?before=0190a7e0-0000-7000-8000-000000000000');
  expect(asked.status).toBe(303);
  const loginPath = asked.headers.location ?? '';
  expect(loginPath).toBe('/login?next=%2Fsettings%2Faudit%3Fbefore%3D0190a7e0-0000-7000-8000-000000000000');
  expect((await visitor.get(loginPath)).text).toContain('name="next" value="/settings/audit?before=');
  const answer = await visitor.signIn(EMAILS.admin, PASSWORD, '/settings/audit');
  expect(answer.headers.location).toBe('/settings/audit');
  expect((await visitor.get('/settings/audit')).text).toContain('Signed in');
});

test('the session is stored whole before the answer goes out', async () => {
  // A browser follows the redirect at once; what it then finds must not be a session without its beginning.
  await signedIn(EMAILS.admin);
  const { rows } = await databases.database.db.execute<{ whole: boolean }>(
    sql`select sess::jsonb ? 'startedAt' and sess::jsonb ? 'workspaceId' as whole from sessions where sess #> '{passport,user}' is not null`,
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every(({ whole }) => whole)).toBe(true);
});

test('next leads to paths of ours only', async () => {
  const spellings = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    'http:evil.example',
    '/%0d%0aLocation:https://evil.example',
    '////evil.example/..',
    ' //evil.example',
    'evil.example',
    '/\u2028/evil.example',
  ];
  for (const next of spellings) {
    const answer = await new Visitor(url).signIn(EMAILS.admin, PASSWORD, next);
    expect(new URL(answer.headers.location ?? 'x:', 'http://here').host, next).toBe('here');
    expect([302, 303], next).toContain(answer.status);
  }
});

test('a session id that was set before sign-in is worth nothing after it', async () => {
  const visitor = new Visitor(url);
  const before = (await visitor.get('/login')).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  expect(before).toMatch(/^segments=/);
  await visitor.signIn(EMAILS.admin, PASSWORD);
  expect((await visitor.get('/account')).status).toBe(200);
  expect((await new Visitor(url).get('/account', { cookie: before })).status).toBe(303);
});

test('a copied cookie is refused on the next request after signing out', async () => {
  const visitor = new Visitor(url);
  const cookie =
    (await visitor.signIn(EMAILS.admin, PASSWORD)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  expect((await new Visitor(url).get('/account', { cookie })).status).toBe(200);
  expect((await visitor.post('/logout', {}, '/account')).status).toBe(303);
  expect((await new Visitor(url).get('/account', { cookie })).status).toBe(303);
});

test('a change of password, role or account ends the sessions that were open', async () => {
  const changes = [
    (userId: string) => setPassword(databases.database, userId, 'another kettle, another song'),
    (userId: string) =>
      changeRole(databases.database, { workspaceId: cast.workspaceId, userId, role: 'viewer' }),
    (userId: string) =>
      closeAccount(databases.database, { workspaceId: cast.workspaceId, userId, isDisabled: true }),
  ];
  for (const [at, change] of changes.entries()) {
    const userId = await newColleague(`changing-${at}@ada.example`);
    const visitor = await signedIn(`changing-${at}@ada.example`);
    expect((await visitor.get('/account')).status).toBe(200);
    await change(userId);
    expect((await visitor.get('/account')).status).toBe(303);
  }
});

test('a session ends after a week however busy, and after half a day without use', async () => {
  const busy = await signedIn(EMAILS.admin);
  const inAWeek = now();
  inAWeek.setDate(inAWeek.getDate() + 7);
  startClockAt(inAWeek);
  expect((await busy.get('/account')).status).toBe(303);
  resetClock();
  await newColleague('idle@ada.example');
  const idle = await signedIn('idle@ada.example');
  const [row] = (
    await databases.database.db.execute<{ hours: number }>(
      sql`select max(extract(epoch from expire - ${now()}::timestamptz) / 3600)::float as hours from sessions`,
    )
  ).rows;
  expect(row?.hours).toBeGreaterThan(11.9);
  expect(row?.hours).toBeLessThan(12.1);
  await databases.database.db.execute(
    sql`update sessions set expire = ${now()}::timestamptz - interval '1 second'`,
  );
  expect((await idle.get('/account')).status).toBe(303);
});

test('known and unknown addresses get the same answer in about the same time', async () => {
  const times: Record<string, number[]> = { known: [], unknown: [] };
  const texts = new Set<string>();
  await newColleague('timed@ada.example');
  for (let turn = 0; turn < 7; turn += 1) {
    for (const [kind, email] of [
      ['known', 'timed@ada.example'],
      ['unknown', `nobody-${turn}@ada.example`],
    ] as const) {
      const visitor = new Visitor(url);
      const token = await visitor.token();
      const startedAt = performance.now();
      const answer = await visitor.postAs('/login', {
        email,
        password: 'wrong wrong wrong',
        next: '/',
        _csrf: token,
      });
      times[kind]?.push(performance.now() - startedAt);
      texts.add(
        `${answer.status} ${answer.text.replaceAll(email, '').replaceAll(/nonce="[^"]*"|name="_csrf" value="[^"]*"/g, '')}`,
      );
    }
  }
  expect(texts.size).toBe(1);
  // The quickest of each: what the work itself takes, whatever else the machine has to do.
  const ratio = Math.min(...(times.known ?? [])) / Math.min(...(times.unknown ?? []));
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

test('after ten wrong passwords the right one waits too, wherever the try says it comes from', async () => {
  await newColleague('guessed@ada.example');
  const visitor = new Visitor(url);
  for (let turn = 0; turn < 10; turn += 1) {
    const token = await visitor.token();
    const answer = await visitor.postAs('/login', {
      email: 'guessed@ada.example',
      password: 'wrong',
      next: '/',
      _csrf: token,
    });
    expect(answer.status).toBe(422);
  }
  const token = await visitor.token();
  const fields = { email: 'Guessed@ADA.example ', password: PASSWORD, next: '/', _csrf: token };
  const refused = await visitor.postAs('/login', fields, { 'x-forwarded-for': '203.0.113.9' });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(600);
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(900);
  await signedIn(EMAILS.marketer);
});

test('a password of 200 KB is refused without a delay', async () => {
  const startedAt = performance.now();
  const answer = await new Visitor(url).signIn(EMAILS.admin, 'p'.repeat(200_000));
  expect(answer.status).toBe(422);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('a second factor is asked for, works once, and a recovery code stands in for it', async () => {
  const email = 'careful@ada.example';
  await newColleague(email);
  const visitor = await signedIn(email);
  const form = (await visitor.get('/account/totp')).text;
  const secret = /data-copy="([A-Z2-7]+)"/.exec(form)?.[1] ?? '';
  const offer = /name="offer" value="([^"]+)"/.exec(form)?.[1] ?? '';
  const wrong = await visitor.post(
    '/account/totp',
    { offer, code: '000000', currentPassword: PASSWORD },
    '/account',
  );
  expect(wrong.status).toBe(422);
  const hostile = await visitor.post(
    '/account/totp',
    { offer: 'v1.x', code: '000000', currentPassword: PASSWORD },
    '/account',
  );
  expect(hostile.status).toBe(422);
  const made = await visitor.post(
    '/account/totp',
    { offer, code: await code(secret), currentPassword: PASSWORD },
    '/account',
  );
  expect(made.status).toBe(201);
  const recovery = [...made.text.matchAll(/<code>([a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5})<\/code>/g)].map(
    (match) => match[1] ?? '',
  );
  expect(recovery).toHaveLength(10);
  expect((await visitor.get('/account')).status).toBe(200);

  await expectSecondFactor(email, await code(secret), false);
  const later = now();
  later.setSeconds(later.getSeconds() + 60);
  startClockAt(later);
  const fresh = await code(secret);
  await expectSecondFactor(email, fresh, true);
  await expectSecondFactor(email, fresh, false);
  await expectSecondFactor(email, recovery[0] ?? '', true);
  await expectSecondFactor(email, recovery[0] ?? '', false);
});

async function code(secret: string): Promise<string> {
  return await generate({ secret, epoch: Math.floor(now().getTime() / 1000) });
}

async function expectSecondFactor(email: string, given: string, opens: boolean): Promise<void> {
  const visitor = new Visitor(url);
  expect((await visitor.signIn(email, PASSWORD)).headers.location).toBe('/login/totp');
  expect((await visitor.get('/account')).status).toBe(303);
  const answer = await visitor.post('/login/totp', { code: given }, '/login/totp');
  expect(answer.status).toBe(opens ? 303 : 422);
  expect((await visitor.get('/account')).status).toBe(opens ? 200 : 303);
}
