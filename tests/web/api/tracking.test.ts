import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/db/pool.ts';
import { quarantine } from '../../../src/db/schema/collect.ts';
import { onStored } from '../../../src/flow/collect/wake.ts';
import { revokeKey } from '../../../src/staff/keys.ts';
import { createTracker, listTracked, serveTracking, type Tracker } from './tracking-cast.ts';

let database: Database;
let url: string;
let host: string;
let tracker: Tracker;
beforeAll(async () => {
  ({ database, url, host, tracker } = await serveTracking());
});

const newMessageId = () => randomBytes(8).toString('hex');
const call = (more: Record<string, unknown> = {}) => ({
  type: 'track',
  userId: 'u-1',
  event: 'Tea Bought',
  messageId: newMessageId(),
  ...more,
});
async function post(
  path: string,
  body: unknown,
  { from = tracker, headers = {} }: { from?: Tracker; headers?: Record<string, string> } = {},
) {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: from.authorization, ...headers },
    body: bytes as BodyInit,
  });
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}
const isKept = async (messageId: string, from = tracker) =>
  (await listTracked(database, from)).filter((row) => row.externalId === messageId).length;

test.each([
  ['/v1/identify', 'identify', { userId: 'u' }],
  ['/v1/track', 'track', { userId: 'u', event: 'x' }],
  ['/v1/page', 'page', { anonymousId: 'a' }],
  ['/v1/screen', 'screen', { anonymousId: 'a' }],
  ['/v1/group', 'group', { userId: 'u', groupId: 'g' }],
  ['/v1/alias', 'alias', { userId: 'u', previousId: 'a' }],
  ['/v1/i', 'identify', { userId: 'u' }],
  ['/v1/t', 'track', { userId: 'u', event: 'x' }],
  ['/v1/p', 'page', { anonymousId: 'a' }],
  ['/v1/s', 'screen', { anonymousId: 'a' }],
  ['/v1/g', 'group', { userId: 'u', groupId: 'g' }],
  ['/v1/a', 'alias', { userId: 'u', previousId: 'a' }],
])('a call to %s is kept as %s', async (path, stream, body) => {
  const messageId = newMessageId();
  expect(await post(path, { ...body, messageId })).toMatchObject({ status: 200, json: { success: true } });
  expect(await listTracked(database, tracker)).toContainEqual(
    expect.objectContaining({ stream, externalId: messageId }),
  );
});

test.each(['/v1/batch', '/v1/b', '/v1/import'])('the same batch to %s twice is kept once', async (path) => {
  const batch = [call(), call({ type: 'identify' })];
  const first = await post(path, { batch, sentAt: new Date().toISOString() });
  const second = await post(path, { batch, sentAt: new Date(Date.now() + 5_000).toISOString() });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.json).toEqual({ success: true });
  expect(await isKept(batch[0]!.messageId)).toBe(1);
});

test('a bad call in a batch is answered with its place, kept aside, and the good ones are kept', async () => {
  const good = call();
  const answer = await post('/v1/batch', { batch: [good, call({ userId: undefined }), call({ event: '' })] });
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    success: true,
    issues: [
      { path: 'batch.1.userId', message: expect.any(String) },
      { path: 'batch.2.event', message: expect.any(String) },
    ],
  });
  expect(await isKept(good.messageId)).toBe(1);
  const aside = await database.db
    .select()
    .from(quarantine)
    .where(eq(quarantine.workspaceId, tracker.workspace.id));
  expect(aside.map((row) => row.path)).toEqual(expect.arrayContaining(['batch.1.userId', 'batch.2.event']));
});

test('a body of which nothing can be kept is refused with the reasons', async () => {
  const answer = await post('/v1/batch', { batch: [{ type: 'track' }] });
  expect(answer).toMatchObject({
    status: 400,
    json: { error: expect.any(String), requestId: expect.any(String) },
  });
  expect(answer.json.issues[0].path).toBe('batch.0.userId');
  expect((await post('/v1/track', { userId: 'u' })).json.issues[0].path).toBe('event');
});

test('the key may stand in the body, and only a write key in use opens the door', async () => {
  const anonymous = { ...tracker, authorization: '' };
  expect(
    (await post('/v1/track', { ...call(), writeKey: tracker.writeKey }, { from: anonymous })).status,
  ).toBe(200);
  expect((await post('/v1/track', call(), { from: anonymous })).status).toBe(401);
  expect((await post('/v1/track', { ...call(), writeKey: { $ne: 1 } }, { from: anonymous })).status).toBe(
    401,
  );
  expect(
    (await post('/v1/track', call(), { from: { ...tracker, authorization: `Basic ${btoa('wk_no:')}` } }))
      .status,
  ).toBe(401);
  const other = await createTracker(database);
  expect((await post('/v1/track', call(), { from: other })).status).toBe(200);
  await revokeKey(database, other.workspace.id, other.keyId);
  await expect
    .poll(async () => (await post('/v1/track', call(), { from: other })).status, { timeout: 8_000 })
    .toBe(401);
});

test('two businesses may use the same message id', async () => {
  const other = await createTracker(database);
  const shared = call();
  await post('/v1/track', shared);
  await post('/v1/track', shared, { from: other });
  expect([await isKept(shared.messageId), await isKept(shared.messageId, other)]).toEqual([1, 1]);
});

test.each([
  ['as text', { 'content-type': 'text/plain' }, (json: string) => json],
  ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, (json: string) => json],
  ['packed', { 'content-encoding': 'gzip' }, (json: string) => gzipSync(json)],
  ['packed without a word', { 'content-type': 'text/plain' }, (json: string) => gzipSync(json)],
])('a body sent %s is understood', async (_how, headers, pack) => {
  const said = call();
  const answer = await post('/v1/track', pack(JSON.stringify(said)), { headers });
  expect(answer).toMatchObject({ status: 200, json: { success: true } });
  expect(await isKept(said.messageId)).toBe(1);
});

test('a body that is too large, packed or not, is refused without being unpacked', async () => {
  const large = JSON.stringify(call({ properties: { a: 'a'.repeat(600_000) } }));
  const bomb = gzipSync(Buffer.alloc(200_000_000, 32));
  expect((await post('/v1/track', large)).status).toBe(413);
  const before = performance.now();
  expect((await post('/v1/track', bomb, { headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
  expect(performance.now() - before).toBeLessThan(3_000);
});

test('a page of another site may send and may read when to try again', async () => {
  const response = await fetch(`${url}/v1/t`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://shop.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,anonymousid',
    },
  });
  expect(response.status).toBe(204);
  const allowed = response.headers.get('access-control-allow-headers')!.toLowerCase().split(', ');
  expect(allowed).toEqual(
    expect.arrayContaining(['authorization', 'content-type', 'x-retry-count', 'anonymousid', 'sentat']),
  );
  const answer = await post('/v1/t', call(), { headers: { origin: 'https://shop.test' } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
  const refused = await post('/v1/t', '{', { headers: { origin: 'https://shop.test' } });
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
});

test('the browser SDKs are told where to send', async () => {
  const settings = await fetch(`${url}/v1/projects/${tracker.writeKey}/settings`);
  expect(settings.status).toBe(200);
  expect(await settings.json()).toMatchObject({
    integrations: { 'Segment.io': { apiKey: tracker.writeKey, apiHost: `${host}/v1`, protocol: 'http' } },
  });
  const config = await fetch(
    `${url}/sourceConfig/?p=npm&v=3.34.1&writeKey=${tracker.writeKey}&lockPluginsVersion=true`,
  );
  expect(await config.json()).toMatchObject({
    source: { writeKey: tracker.writeKey, enabled: true, destinations: [] },
  });
  expect((await fetch(`${url}/v1/projects/wk_unknown/settings`)).status).toBe(401);
});

test('whoever carries is woken by what is new, and not by what is known', async () => {
  const woken: string[] = [];
  const stop = onStored((workspaceId) => void woken.push(workspaceId));
  const said = call();
  await post('/v1/track', said);
  await post('/v1/track', said);
  stop();
  expect(woken).toEqual([tracker.workspace.id]);
});
