import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { routes } from '../../src/web/routes.ts';
import { serveApp } from '../setup/app.ts';
import { createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Visitor } from './visitor.ts';

let databases: TestDatabase;
let url: string;
let secureUrl: string;

beforeAll(async () => {
  databases = await createTestDatabase();
  await createCast(databases.database);
  ({ url } = await serveApp(databases));
  ({ url: secureUrl } = await serveApp(databases, { BASE_URL: 'https://segments.example.com' }));
});

const pages = routes
  .filter(({ target, method, path }) => target.kind === 'page' && method === 'get' && !path.includes(':'))
  .map(({ path }) => path);

test('every page carries the headers that keep a browser from being used against its reader', async () => {
  const visitor = new Visitor(url);
  await visitor.signIn(EMAILS.admin, PASSWORD);
  const nonces = new Set<string>();
  for (const path of [...pages, '/login', '/nowhere']) {
    const { headers } = await visitor.get(path);
    const policy = headers['content-security-policy'] ?? '';
    for (const part of [
      "default-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'self'",
      "style-src 'self'",
    ]) {
      expect(policy, path).toContain(part);
    }
    expect(policy, path).not.toMatch(/unsafe|\*|upgrade-insecure/);
    nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
    expect(headers, path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(headers['x-powered-by'], path).toBeUndefined();
    expect(headers['strict-transport-security'], path).toBeUndefined();
  }
  expect(nonces.size).toBe(pages.length + 2);
});

test('with an https address the browser is told to stay with it, and the cookie is bound to the host', async () => {
  const answer = await new Visitor(secureUrl).get('/login', { 'x-forwarded-proto': 'https' });
  expect(answer.headers['strict-transport-security']).toMatch(/^max-age=31536000/);
  expect(answer.headers['content-security-policy']).toContain('upgrade-insecure-requests');
  const cookie = answer.headers['set-cookie']?.[0] ?? '';
  expect(cookie).toMatch(/^__Host-segments=/);
  expect(cookie).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax/);
  const plain = (await new Visitor(url).get('/login')).headers['set-cookie']?.[0] ?? '';
  expect(plain).toMatch(/^segments=.*HttpOnly; SameSite=Lax/);
  expect(plain).not.toContain('Secure');
});

test('files of the installation are not served', async () => {
  const paths = [
    '/.env',
    '/package.json',
    '/assets/x/../../package.json',
    '/assets/x/%2e%2e/%2e%2e/package.json',
    '/assets/x/vendor/bulma.css.map',
    '/.git/config',
    '/views/layout.ejs',
  ];
  for (const path of paths) expect((await new Visitor(url).get(path)).status, path).toBe(404);
});

test('an asset has a version in its address and may be kept for a year', async () => {
  const visitor = new Visitor(url);
  const html = (await visitor.get('/login')).text;
  const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:css|js|svg))"/g)].map(
    (match) => match[1] ?? '',
  );
  expect(assets.length).toBeGreaterThan(3);
  for (const asset of assets) {
    const answer = await visitor.get(asset);
    expect(answer.status, asset).toBe(200);
    expect(answer.headers['cache-control'], asset).toContain('immutable');
    expect(answer.headers['set-cookie'], asset).toBeUndefined();
  }
});

test('what makes no sense is answered in words and never with a fault of ours', async () => {
  const visitor = new Visitor(url);
  await visitor.signIn(EMAILS.admin, PASSWORD);
  const evil = [
    '%00',
    '%ff',
    '%ed%a0%80',
    "'",
    '"><script>alert(1)</script>',
    '../../etc/passwd',
    '-1',
    '9'.repeat(400),
    '[object Object]',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: meant as it stands
    '${7*7}',
    '{{7*7}}',
    'null',
  ];
  for (const path of pages) {
    for (const value of evil) {
      for (const name of namesOf(path)) {
        const { status, text } = await visitor.get(
          `${path}?${name}=${value.startsWith('%') ? value : encodeURIComponent(value)}`,
        );
        expect(status, `${path}?${name}=${value}`).toBeLessThan(500);
        expect(text).not.toContain('<script>alert(1)</script>');
      }
    }
    expect((await visitor.get(`${path}?q=1&q=2`)).status, path).toBe(400);
  }
}, 240_000);

/** The parameters that the page knows, and one that no page does. */
function namesOf(path: string): string[] {
  const query = routes.find((route) => route.path === path && route.method === 'get')?.target.schemas.query;
  return [...(query instanceof z.ZodObject ? Object.keys(query.shape) : []), 'unknown'];
}

test('a machine is told in JSON, a person on a page, and neither learns of our insides', async () => {
  const visitor = new Visitor(url);
  const machine = await visitor.get('/api/v1/nowhere');
  expect(machine.status).toBe(404);
  expect(Object.keys(JSON.parse(machine.text))).toEqual(['error', 'issues', 'requestId']);
  const person = await visitor.get('/nowhere');
  expect(person.status).toBe(404);
  expect(person.text).toContain('There is nothing here');
  const damaged = await visitor.agent
    .post('/login')
    .set('content-type', 'application/x-www-form-urlencoded; charset=klingon')
    .send('a=b');
  expect(damaged.status).toBe(415);
  const large = await visitor.agent
    .post('/login')
    .type('form')
    .send(`email=${'a'.repeat(1_100_000)}`);
  expect(large.status).toBe(413);
  for (const { text } of [person, damaged, large]) expect(text).not.toMatch(/node_modules|at \w+ \(|\.ts:\d/);
});
