import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { HookRequest, Item } from '../../src/connectors/contract.ts';
import { listLeaves, valueAt } from '../../src/connectors/webhook/mapping.ts';
import webhook from '../../src/connectors/webhook/webhook.ts';

/** Secret, id, time and body of the documentation of Standard Webhooks, with the signature it publishes. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldA==';
const SIGNED_AT = new Date(1_614_265_330_000);
const BODY = '{"test": 2432232314}';
const HEADERS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const settings = webhook.settings.parse({ secret: SECRET });
const verify = (request: HookRequest, given = settings) => webhook.hooks!.verify(request, given);

function post(body: string, headers: Record<string, string>, receivedAt = SIGNED_AT): HookRequest {
  return { method: 'POST', query: {}, headers, body: Buffer.from(body), receivedAt };
}

function itemsIn(verified: ReturnType<typeof verify>): Item[] {
  if (!('items' in verified)) throw new Error(`It was refused: ${JSON.stringify(verified)}`);
  return verified.items;
}

describe('a message signed after Standard Webhooks', () => {
  test('is taken, known by the id of its sender', () => {
    expect(itemsIn(verify(post(BODY, HEADERS)))).toEqual([
      {
        stream: 'messages',
        externalId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        version: '1',
        payload: { body: { test: 2432232314 }, receivedAt: SIGNED_AT.toISOString() },
      },
    ]);
  });

  test('may carry several signatures, and either secret counts during a rotation', () => {
    const several = { ...HEADERS, 'webhook-signature': `v1,AAAA ${HEADERS['webhook-signature']}` };
    expect(itemsIn(verify(post(BODY, several)))).toHaveLength(1);
    const rotated = webhook.settings.parse({ secret: OTHER, previousSecret: SECRET });
    expect(itemsIn(verify(post(BODY, HEADERS), rotated))).toHaveLength(1);
  });

  test.each([
    ['changed by one byte', post(`${BODY} `, HEADERS)],
    ['written anew', post(JSON.stringify(JSON.parse(BODY)), HEADERS)],
    ['without a signature', post(BODY, { ...HEADERS, 'webhook-signature': '' })],
    ['under another id', post(BODY, { ...HEADERS, 'webhook-id': 'msg_other' })],
    ['of another time', post(BODY, { ...HEADERS, 'webhook-timestamp': '1614265331' })],
    ['whose time is no number', post(BODY, { ...HEADERS, 'webhook-timestamp': 'now' })],
    ['played back later', post(BODY, HEADERS, new Date(SIGNED_AT.getTime() + 301_000))],
    ['from the future', post(BODY, HEADERS, new Date(SIGNED_AT.getTime() - 301_000))],
    [
      'of another scheme',
      post(BODY, { ...HEADERS, 'webhook-signature': HEADERS['webhook-signature'].replace('v1,', 'v0,') }),
    ],
  ])('that is %s is refused', (_what, request) => {
    expect(verify(request)).toMatchObject({ answer: { status: 401 } });
  });

  test('is refused under another secret, and while there is none', () => {
    expect(verify(post(BODY, HEADERS), webhook.settings.parse({ secret: OTHER }))).toMatchObject({
      answer: { status: 401 },
    });
    expect(verify(post(BODY, HEADERS), webhook.settings.parse({}))).toMatchObject({
      answer: { status: 401 },
    });
  });
});

describe('a message signed in a header of the sender’s own', () => {
  const plain = webhook.settings.parse({ secret: 'a plain long secret', signatureHeader: 'X-Signature' });
  const sum = (body: string, encoding: 'hex' | 'base64', secret = 'a plain long secret') =>
    createHmac('sha256', secret).update(body).digest(encoding);

  test.each([
    ['hex', sum(BODY, 'hex')],
    ['hex in capitals', sum(BODY, 'hex').toUpperCase()],
    ['hex with its name', `sha256=${sum(BODY, 'hex')}`],
    ['base64', sum(BODY, 'base64')],
  ])('is taken in %s', (_form, signature) => {
    expect(itemsIn(verify(post(BODY, { 'x-signature': signature }), plain))).toHaveLength(1);
  });

  test('is known by its bytes, since an id beside it is not signed', () => {
    const signature = sum(BODY, 'hex');
    const one = itemsIn(verify(post(BODY, { 'x-signature': signature, 'webhook-id': 'a' }), plain));
    const two = itemsIn(verify(post(BODY, { 'x-signature': signature, 'webhook-id': 'b' }), plain));
    expect(one[0]!.externalId).toBe(two[0]!.externalId);
  });

  test.each([
    ['none', {}],
    ['another’s', { 'x-signature': sum(BODY, 'hex', 'guess') }],
    ['that of Standard Webhooks', HEADERS],
  ])('is refused with %s', (_what, headers) => {
    expect(verify(post(BODY, headers as Record<string, string>), plain)).toMatchObject({
      answer: { status: 401 },
    });
  });

  test('that is no JSON object is refused; a list is several messages', () => {
    const signed = (body: string) => post(body, { 'x-signature': sum(body, 'hex') });
    for (const body of ['7', '"text"', '{"a":', '[]', '[1]'])
      expect(verify(signed(body), plain)).toMatchObject({ answer: { status: 400 } });
    const ids = itemsIn(verify(signed('[{"a":1},{"a":1}]'), plain)).map(({ externalId }) => externalId);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what the fields mean', () => {
  const body = {
    type: 'booking.made',
    at: 1_793_000_000,
    customer: { id: 77, 'e.mail': 'ada@example.com', name: 'Ada' },
    items: [{ price: '24.90', currency: 'eur' }],
    __proto__: { injected: true },
  };
  const item = {
    stream: 'messages',
    externalId: 'm1',
    version: '1',
    payload: { body, receivedAt: '2026-11-20T12:00:00.000Z' },
  };
  const mapping = {
    kind: 'events' as const,
    identifiers: { user_id: 'customer.id', email: 'customer.e\\.mail' },
    traits: { name: 'customer.name' },
    event: { path: 'type' },
    occurredAt: 'at',
    value: 'items.0.price',
    currency: { path: 'items.0.currency' },
    properties: { booking: 'items.0.price', missing: 'nowhere.at.all' },
  };
  const identifiers = [
    { kind: 'user_id', value: '77' },
    { kind: 'email', value: 'ada@example.com' },
  ];

  test('until it is said, a message says nothing', () => {
    expect(webhook.map(item, settings)).toEqual([]);
  });

  test('an event, and beside it what is said of the person', () => {
    const occurredAt = new Date('2026-10-26T07:33:20Z');
    expect(webhook.map(item, { ...settings, mapping })).toEqual([
      {
        ...{ type: 'event', key: '', identifiers, name: 'booking.made', occurredAt },
        ...{ value: '24.90', currency: 'EUR', properties: { booking: '24.90' } },
      },
      {
        type: 'person',
        key: 'person',
        identifiers,
        traits: { name: 'Ada' },
        changedAt: occurredAt,
        consents: [],
      },
    ]);
  });

  test('a person only', () => {
    const people = { ...mapping, kind: 'people' as const };
    expect(webhook.map(item, { ...settings, mapping: people })).toMatchObject([
      { type: 'person', key: '', identifiers },
    ]);
  });

  test.each([
    ['names nobody', { identifiers: { email: 'customer.none' } }, 'It names nobody.'],
    ['has a time that is none', { occurredAt: 'type' }, 'is not a time'],
    ['has an amount that is none', { value: 'type' }, 'is not a number'],
    ['has a currency that is none', { currency: { path: 'type' } }, 'not a currency'],
    ['does not say what happened', { event: { path: 'nowhere' } }, 'what happened'],
  ])('a message that %s is set aside with the field', (_what, change, says) => {
    expect(() => webhook.map(item, { ...settings, mapping: { ...mapping, ...change } })).toThrow(says);
  });

  test('a time more than a day ahead counts as the time it came', () => {
    const ahead = { ...item, payload: { ...item.payload, body: { ...body, at: '2031-01-01T00:00:00Z' } } };
    expect(webhook.map(ahead, { ...settings, mapping })[0]).toMatchObject({
      occurredAt: new Date('2026-11-20T12:00:00Z'),
    });
  });

  test('every field of an example is found again by its path', () => {
    const leaves = listLeaves(body);
    expect(leaves.map(({ path }) => path)).toEqual([
      'type',
      'at',
      'customer.id',
      'customer.e\\.mail',
      'customer.name',
      'items.0.price',
      'items.0.currency',
    ]);
    for (const { path, value } of leaves) expect(valueAt(body, path)).toBe(value);
    expect(valueAt(body, 'constructor.name')).toBeUndefined();
    expect(valueAt(body, '__proto__.injected')).toBeUndefined();
  });
});
