import { expect, test } from 'vitest';
import { Invalid } from '../../../src/base/errors.ts';
import type { MessageType } from '../../../src/connectors/http-api/message.ts';
import { readTracking } from '../../../src/flow/collect/tracking.ts';

const NOW = new Date('2026-05-02T10:00:00.000Z');
const HOUR = 3_600_000;
const at = (offsetMs: number) => new Date(NOW.getTime() + offsetMs).toISOString();
const read = (body: unknown, kind: MessageType | 'batch' = 'batch') => readTracking(body, kind, NOW);
const readOne = (call: Record<string, unknown>) => read(call, 'track');
const track = (call: Record<string, unknown> = {}) => ({
  userId: 'u-1',
  event: 'Tea Bought',
  messageId: 'm-1',
  ...call,
});

test("a good call is kept as it was said, without the sender's key", () => {
  const { items, issues } = readOne(
    track({ writeKey: 'k', sentAt: at(0), properties: { a: 1 }, extra: [1] }),
  );
  expect(issues).toEqual([]);
  expect(items).toEqual([
    {
      stream: 'track',
      externalId: 'm-1',
      version: '',
      payload: {
        message: { ...track({ properties: { a: 1 }, extra: [1] }), type: 'track' },
        occurredAt: at(0),
        receivedAt: at(0),
      },
    },
  ]);
});

test('a bad call in a batch is named and does not sink the good ones', () => {
  const batch = [
    { type: 'track', ...track() },
    { type: 'track', event: 'x' },
    { type: 'vote', userId: 'u' },
    'call',
    { type: 'track', userId: { id: 1 }, event: 'x' },
    { type: 'track', userId: 'u' },
    { type: 'group', userId: 'u' },
    { type: 'alias', userId: 'u' },
    { type: 'identify', userId: 'u', traits: ['a'] },
    { type: 'track', userId: 'u', event: 'consent_granted', properties: { channel: 'fax' } },
    { type: 'identify', traits: { email: 'ada@example.com' } },
  ];
  const { items, issues, refused } = read({ batch });
  expect(items.map((item) => item.stream)).toEqual(['track', 'identify']);
  expect(issues.map((issue) => issue.path)).toEqual([
    'batch.1.userId',
    'batch.2.type',
    'batch.3',
    'batch.4.userId',
    'batch.5.event',
    'batch.6.groupId',
    'batch.7.previousId',
    'batch.8.traits',
    'batch.9.properties.channel',
  ]);
  expect(refused).toHaveLength(9);
  expect(refused[0]).toMatchObject({
    stream: 'track',
    path: 'batch.1.userId',
    payload: { type: 'track', event: 'x' },
  });
});

test.each([
  ['no list', {}, 'batch'],
  ['an empty list', { batch: [] }, 'batch'],
  ['no object', [track()], ''],
  ['null', null, ''],
])('a batch that is %s is refused whole', (_what, body, path) => {
  expect(() => read(body)).toThrow(Invalid);
  expect(() => read(body)).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ path })] }));
});

test('a call without an id is known by what it says if it has its own time, else it is new each time', () => {
  const idOf = (call: Record<string, unknown>) =>
    readOne({ userId: 'u', event: 'x', ...call }).items[0]!.externalId;
  const timed = { timestamp: at(0), properties: { a: 1, b: 2 } };
  expect(idOf(timed)).toBe(idOf({ ...timed, properties: { b: 2, a: 1 }, sentAt: at(HOUR) }));
  expect(idOf(timed)).not.toBe(idOf({ ...timed, properties: { a: 2, b: 2 } }));
  expect(idOf({})).not.toBe(idOf({}));
});

test.each([
  ['in time', { timestamp: at(-HOUR) }, at(-HOUR)],
  ['in time and sent in time', { timestamp: at(-HOUR), sentAt: at(-3_000) }, at(-HOUR)],
  ['by a clock two hours fast', { timestamp: at(HOUR), sentAt: at(2 * HOUR) }, at(-HOUR)],
  [
    'by a clock that is decades slow',
    { timestamp: '1970-01-01T00:00:00Z', sentAt: '1970-01-01T01:00:00Z' },
    at(-HOUR),
  ],
  ['in another zone', { timestamp: '2026-05-02T11:30:00+02:00' }, at(-HOUR / 2)],
  ['as RudderStack does', { originalTimestamp: at(-HOUR) }, at(-HOUR)],
  ['on a bare day', { timestamp: '2026-05-01' }, '2026-05-01T00:00:00.000Z'],
  ['long ago', { timestamp: '1997-01-01T12:00:00Z' }, '1997-01-01T12:00:00.000Z'],
  ['without a time', {}, at(0)],
  ['23 hours ahead', { timestamp: at(23 * HOUR) }, at(23 * HOUR)],
])('a call %s happened when it happened', (_how, times, expected) => {
  expect(readOne(track(times)).items[0]!.payload.occurredAt).toBe(expected);
});

test('the sending time of a batch corrects all its calls', () => {
  const { items } = read({
    batch: [{ type: 'track', ...track({ timestamp: at(HOUR) }) }],
    sentAt: at(2 * HOUR),
  });
  expect(items[0]!.payload.occurredAt).toBe(at(-HOUR));
});

test('a time more than a day ahead is taken as now and the claim is kept', () => {
  const payload = readOne(track({ timestamp: at(25 * HOUR) })).items[0]!.payload;
  expect(payload).toMatchObject({ occurredAt: at(0), givenAt: at(25 * HOUR) });
});

test.each([
  '1899-12-31T23:59:59Z',
  '2027-05-02T10:00:01Z',
  'yesterday',
  '2026-02-30',
  '2026-01-01T25:00:00Z',
  1_777_000_000,
  {},
])('the time %j is refused by its field', (timestamp) => {
  expect(readOne(track({ timestamp })).issues[0]!.path).toBe('timestamp');
});

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));

test.each([
  ['10 levels', { properties: nested(10) }, null],
  ['11 levels', { properties: nested(11) }, /^properties(\.a){10}$/],
  ['100 levels', { properties: nested(100) }, /^properties(\.a){10}$/],
  ['300 names', { properties: keys(300) }, null],
  ['301 names', { properties: keys(301) }, /^properties$/],
  ['3,000 names', { properties: keys(3_000) }, /^properties$/],
  ['8,192 bytes of text', { properties: { a: 'é'.repeat(4_096) } }, null],
  ['8,193 bytes of text', { properties: { a: `${'é'.repeat(4_096)}a` } }, /^properties\.a$/],
  ['81,920 bytes of text', { properties: { a: 'a'.repeat(81_920) } }, /^properties\.a$/],
  ['40 KB in all', { properties: { list: Array.from({ length: 10 }, () => 'a'.repeat(4_096)) } }, /^$/],
  ['an id of 256 characters', { userId: 'u'.repeat(256) }, /^userId$/],
  ['a messageId of 256 characters', { messageId: 'm'.repeat(256) }, /^messageId$/],
  ['a number beyond all', { properties: { a: Number.POSITIVE_INFINITY } }, /^properties\.a$/],
  ['an id that lost digits', { userId: Number('9007199254740993') }, /^userId$/],
  ['NUL', { properties: { a: ['b', '\u0000'] } }, /^properties\.a\.1$/],
  ['half a character', { traits: { a: '\ud800' } }, /^traits\.a$/],
  ['NUL in a name', { traits: { 'a\u0000': 1 } }, /^traits$/],
])('a call with %s', (_what, call, refusedAt) => {
  const { issues, items } = readOne(track(call));
  expect(items).toHaveLength(refusedAt ? 0 : 1);
  if (refusedAt) expect(issues[0]!.path).toMatch(refusedAt);
});

test('a name that would reach a prototype is refused and touches nothing', () => {
  const call: unknown = JSON.parse('{"userId":"u","event":"x","properties":{"__proto__":{"isAdmin":true}}}');
  expect(read(call, 'track').issues[0]!.path).toBe('properties');
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
});

test('the 501st call of a batch is refused and the first 500 are kept', () => {
  const batch = Array.from({ length: 501 }, (_, index) => ({
    type: 'track',
    ...track({ messageId: String(index) }),
  }));
  const { items, issues } = read({ batch });
  expect(items).toHaveLength(500);
  expect(issues).toEqual([
    { path: 'batch.500', message: 'A batch holds at most 500 calls; this one has 501.' },
  ]);
});
