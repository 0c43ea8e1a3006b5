import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createKey } from '../../src/staff/keys.ts';
import { openEndpoint } from '../../src/web/endpoint.ts';
import { page } from '../../src/web/page.ts';
import { checkRoutes, get, nameOf, post, type Route } from '../../src/web/route.ts';
import { routes } from '../../src/web/routes.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Visitor } from './visitor.ts';

const MISSING_ID = '0190a7e0-0000-7000-8000-000000000000';
const RANK = { viewer: 1, marketer: 2, admin: 3 };
type Person = 'anonymous' | 'viewer' | 'marketer' | 'admin' | 'other';

let databases: TestDatabase;
let cast: Cast;
let url: string;
const people = {} as Record<Person, Visitor>;
const tokens = {} as Record<Person, string>;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  people.anonymous = new Visitor(url);
  tokens.anonymous = await people.anonymous.token();
  for (const name of ['viewer', 'marketer', 'admin', 'other'] as const) {
    people[name] = new Visitor(url);
    await people[name].signIn(EMAILS[name], PASSWORD);
    tokens[name] = await people[name].token('/account');
  }
});

/** Lines that people open, without those that end the session the test needs. */
const peopleRoutes = routes.filter(
  ({ target, path }) =>
    (target.kind === 'page' || target.kind === 'entry') && path !== '/logout' && !path.endsWith('/ends'),
);
const forms = routes.filter(
  ({ target, method }) => (target.kind === 'page' || target.kind === 'entry') && method === 'post',
);
const machineRoutes = routes.filter(({ target }) => target.kind === 'endpoint');

function fill(path: string): string {
  return path.replace(/[:*](\w+)/g, MISSING_ID);
}

test('every page and form is open to exactly the roles that the site map names, and nothing breaks', {
  timeout: 120_000,
}, async () => {
  const wrong: string[] = [];
  for (const route of peopleRoutes) {
    for (const [name, visitor] of Object.entries(people) as [Person, Visitor][]) {
      const status = await open(route, visitor, tokens[name]);
      const isRight = isExpected(route, name, status);
      if (!isRight) wrong.push(`${nameOf(route)} for ${name}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

async function open({ method, path, target }: Route, visitor: Visitor, token: string): Promise<number> {
  if (method === 'get') return (await visitor.get(fill(path))).status;
  if (target.kind === 'page' && target.takesFile) {
    const sent = visitor.agent.post(fill(path)).redirects(0).field('_csrf', token).field('nothing', 'of use');
    return (await sent).status;
  }
  // Nothing of use is in the form: a role that reaches is told what is wrong with it (or that the thing is missing).
  return (await visitor.postAs(fill(path), { _csrf: token, 'not-a-field': '1' })).status;
}

function isExpected({ role, target }: Route, name: Person, status: number): boolean {
  if (status >= 500) return false;
  if (role === 'public' || target.kind === 'entry') return status !== 403;
  if (name === 'anonymous') return status === 303;
  const mine = name === 'other' ? 'admin' : name;
  const reaches = role === 'signed-in' || RANK[mine] >= RANK[role as keyof typeof RANK];
  return reaches ? status !== 403 && status !== 401 : status === 403;
}

test('every form is refused without its token, with another one, and from another site', {
  timeout: 120_000,
}, async () => {
  const wrong: string[] = [];
  for (const route of forms) {
    const { path } = route;
    const isUpload = (route.target.kind === 'page' && route.target.takesFile) === true;
    const tries: [string, () => Promise<number>][] = [
      ['no token', async () => (await people.admin.postAs(fill(path), {})).status],
      ['wrong token', async () => (await people.admin.postAs(fill(path), { _csrf: '0'.repeat(64) })).status],
      [
        'token of another session',
        async () => (await people.admin.postAs(fill(path), { _csrf: tokens.viewer })).status,
      ],
      [
        'cross-site',
        async () =>
          (await people.admin.postAs(fill(path), { _csrf: tokens.admin }, { 'sec-fetch-site': 'cross-site' }))
            .status,
      ],
      [
        'text/plain',
        async () =>
          (
            await people.admin.agent
              .post(fill(path))
              .type('text/plain')
              .send(`_csrf=${tokens.admin}`)
              .redirects(0)
          ).status,
      ],
    ];
    for (const [name, send] of tries) {
      const status = await send();
      // A form with a file is refused before its token is looked at where it is no multipart form at all.
      if (status !== 403 && !(isUpload && status === 415)) wrong.push(`${nameOf(route)}, ${name}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a form with a file is refused without its token', async () => {
  for (const { path, target } of forms) {
    if (target.kind !== 'page' || !target.takesFile) continue;
    const answer = await people.admin.agent
      .post(fill(path))
      .redirects(0)
      .field('a', 'b')
      .attach('file', Buffer.from('a,b'), 'a.csv');
    expect(answer.status, path).toBe(403);
  }
});

test('an address that changes something does not open with GET', async () => {
  const readable = new Set(routes.filter(({ method }) => method === 'get').map(({ path }) => path));
  for (const { path } of forms) {
    if (readable.has(path)) continue;
    const answer = await people.admin.get(fill(path));
    // The same words may fit a page with a parameter, which then finds nothing.
    expect([404, 400], `GET ${path}`).toContain(answer.status);
  }
});

test('a key opens what its kind may open, and nothing opens without one', async () => {
  const { workspaceId } = cast;
  const write = await createKey(databases.database, {
    workspaceId,
    kind: 'write',
    name: 'Shop',
    createdBy: null,
  });
  const api = await createKey(databases.database, {
    workspaceId,
    kind: 'api',
    name: 'Script',
    createdBy: null,
  });
  const wrong: string[] = [];
  for (const route of machineRoutes) {
    const other = route.role === 'write-key' ? api.secret : write.secret;
    const own = route.role === 'write-key' ? write.secret : api.secret;
    for (const [about, authorization, isRefused] of [
      ['no key', null, true],
      ['another kind', `Bearer ${other}`, true],
      ['an unknown key', 'Bearer ak_0000', true],
      ['its own kind', `Bearer ${own}`, false],
    ] as const) {
      const answer = await call(route, authorization);
      const isRight = isRefused
        ? answer.status === 401
        : answer.status !== 401 && answer.status !== 403 && answer.status < 500;
      if (!isRight) wrong.push(`${nameOf(route)} with ${about}: ${answer.status}`);
      if (isRefused)
        expect(answer.body).toMatchObject({
          error: expect.any(String),
          issues: [],
          requestId: expect.any(String),
        });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  }
  expect(wrong).toEqual([]);
});

async function call({ method, path }: Route, authorization: string | null) {
  const agent = people.anonymous.agent;
  const request = agent[method](fill(path)).redirects(0);
  if (authorization) request.set('authorization', authorization);
  return method === 'get' || method === 'delete' ? await request : await request.type('json').send('{}');
}

test('a key of one workspace is as good as none after it was revoked', async () => {
  const { workspaceId } = cast;
  const { id, secret } = await createKey(databases.database, {
    workspaceId,
    kind: 'write',
    name: 'Old',
    createdBy: null,
  });
  const send = async () =>
    (await people.anonymous.agent.post('/v1/track').set('authorization', `Bearer ${secret}`).send('{}'))
      .status;
  expect(await send()).not.toBe(401);
  expect((await people.other.post(`/settings/keys/${id}/revocations`, {}, '/settings/keys')).status).toBe(
    404,
  );
  expect(await send()).not.toBe(401);
  expect((await people.admin.post(`/settings/keys/${id}/revocations`, {}, '/settings/keys')).status).toBe(
    303,
  );
  expect(await send()).toBe(401);
});

test('what belongs to another workspace answers like what is not there', async () => {
  for (const path of ['role', 'state', 'removals', 'password-links']) {
    const fields: Record<string, string> =
      path === 'role' ? { role: 'admin' } : path === 'state' ? { state: 'closed' } : {};
    const foreign = await people.other.post(
      `/settings/colleagues/${cast.ids.viewer}/${path}`,
      fields,
      '/settings',
    );
    const missing = await people.other.post(
      `/settings/colleagues/${MISSING_ID}/${path}`,
      fields,
      '/settings',
    );
    expect(foreign.status, path).toBe(404);
    expect(withoutRequest(foreign.text)).toBe(withoutRequest(missing.text));
  }
  expect(
    (await people.other.post('/workspace-switches', { workspaceId: cast.workspaceId }, '/account')).status,
  ).toBe(404);
});

/** Nonce, request and the address that was asked for differ by nature. */
function withoutRequest(html: string): string {
  return html.replaceAll(/nonce="[^"]*"|name="back" value="[^"]*"|<code>[^<]*<\/code>/g, '');
}

test('a line without a fitting role, without a schema, or twice does not start', () => {
  const showIt = page({ handle: () => ({ redirect: '/' }) });
  const changeIt = page({ body: z.strictObject({}), handle: () => ({ redirect: '/' }) });
  const loose = page({ query: z.object({ q: z.string() }), handle: () => ({ redirect: '/' }) });
  expect(() => checkRoutes([get('/a', 'viewer', showIt), post('/a', 'admin', changeIt)])).not.toThrow();
  for (const wrong of [
    [get('/a', 'none', showIt)],
    [get('/a', 'public', showIt)],
    [get('/a', 'admin', openEndpoint({ handle: () => ({ empty: true }) }))],
    [get('/a/:id', 'viewer', showIt)],
    [post('/a', 'admin', showIt)],
    [get('/a', 'viewer', loose)],
    [get('/a', 'viewer', showIt), get('/a', 'viewer', showIt)],
  ]) {
    expect(() => checkRoutes(wrong), wrong.map(nameOf).join()).toThrow('The site map is not right');
  }
  expect(() => checkRoutes(routes)).not.toThrow();
});
