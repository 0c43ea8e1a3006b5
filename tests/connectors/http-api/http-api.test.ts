import { expect, test } from 'vitest';
import { Invalid } from '../../../src/base/errors.ts';
import tracking from '../../../src/connectors/http-api/http-api.ts';

const AT = '2026-05-02T10:00:00.000Z';
const map = (message: Record<string, unknown>, settled: Record<string, unknown> = {}) =>
  tracking.map(
    {
      stream: String(message.type),
      externalId: 'm-1',
      version: '',
      payload: { message, occurredAt: AT, receivedAt: AT, ...settled },
    },
    {},
  );
const mapOne = (message: Record<string, unknown>, settled: Record<string, unknown> = {}) => {
  const [record, ...others] = map(message, settled);
  expect(others).toEqual([]);
  return record!;
};

test('identify says who a person is and what is known of them', () => {
  const record = mapOne({
    type: 'identify',
    userId: 'u-1',
    anonymousId: 'a-1',
    traits: {
      email: ' Ada@Example.com ',
      first_name: 'Ada',
      plan: 'pro',
      address: { city: 'Berlin', postal_code: '10115' },
    },
  });
  expect(record).toEqual({
    type: 'person',
    key: '',
    identifiers: [
      { kind: 'user_id', value: 'u-1' },
      { kind: 'email', value: 'Ada@Example.com' },
      { kind: 'anonymous_id', value: 'a-1' },
    ],
    traits: {
      email: ' Ada@Example.com ',
      firstName: 'Ada',
      plan: 'pro',
      address: { city: 'Berlin', postal_code: '10115' },
      city: 'Berlin',
      postalCode: '10115',
    },
    changedAt: new Date(AT),
    consents: [],
  });
});

test('traits that an SDK puts into the context of identify are read, and the plain ones win', () => {
  const record = mapOne({
    type: 'identify',
    userId: 'u',
    context: { traits: { plan: 'old', phone: '+49 30 1' } },
    traits: { plan: 'new' },
  });
  expect(record).toMatchObject({ traits: { plan: 'new', phone: '+49 30 1' } });
  expect(record).toMatchObject({ identifiers: [{ kind: 'user_id' }, { kind: 'phone', value: '+49 30 1' }] });
});

test('an order of another plan is an order with its money', () => {
  const properties = { order_id: 'o-1', total: 11, currency: 'usd', products: [{ sku: 'A1' }] };
  expect(mapOne({ type: 'track', userId: 'u', event: 'Order Completed', properties })).toMatchObject({
    type: 'event',
    name: 'order_placed',
    value: '11',
    currency: 'USD',
    properties,
    occurredAt: new Date(AT),
  });
});

test('the money of an event is its value, else its revenue, else its total', () => {
  const mapProperties = (properties: Record<string, unknown>) =>
    mapOne({ type: 'track', userId: 'u', event: 'x', properties });
  expect(mapProperties({ value: '12.50', revenue: 3, total: 4 })).toMatchObject({ value: '12.50' });
  expect(mapProperties({ value: 'much', revenue: 0.1 + 0.2, total: 4 })).toMatchObject({ value: '0.3' });
  expect(mapProperties({ total: -4.25 })).toMatchObject({ value: '-4.25' });
  expect(mapProperties({ total: 1e20, currency: 'EUR' })).not.toHaveProperty('value');
  expect(mapProperties({ value: '1e3', currency: 'EUR' })).not.toHaveProperty('currency');
});

test('pages and screens are views, named and with the campaign that led there', () => {
  const campaign = { source: 'news', medium: 'email', name: 'spring' };
  expect(
    mapOne({
      type: 'page',
      anonymousId: 'a',
      name: 'Home',
      properties: { url: '/x' },
      context: { campaign, page: { referrer: 'https://r.test/' } },
    }),
  ).toMatchObject({
    name: 'page_viewed',
    identifiers: [{ kind: 'anonymous_id', value: 'a' }],
    properties: {
      name: 'Home',
      url: '/x',
      utm_source: 'news',
      utm_medium: 'email',
      utm_campaign: 'spring',
      referrer: 'https://r.test/',
    },
  });
  expect(mapOne({ type: 'screen', userId: 'u', name: 'Start' })).toMatchObject({
    name: 'screen_viewed',
    properties: { name: 'Start' },
  });
});

test('a campaign is read from the address where the SDK did not', () => {
  const url = 'https://shop.test/a?utm_source=ads&x=1&utm_term=tea%20pot#top';
  expect(mapOne({ type: 'page', anonymousId: 'a', properties: { url } })).toMatchObject({
    properties: { url, utm_source: 'ads', utm_term: 'tea pot' },
  });
});

test("a company is kept as company and group, and its e-mail is nobody's", () => {
  expect(
    mapOne({
      type: 'group',
      userId: 'u',
      groupId: 'g-1',
      traits: { name: 'Acme', email: 'office@acme.test' },
    }),
  ).toMatchObject({
    type: 'person',
    identifiers: [{ kind: 'user_id', value: 'u' }],
    traits: { company: 'Acme', group: { id: 'g-1', name: 'Acme', email: 'office@acme.test' } },
  });
});

test('alias links the earlier id as an anonymous one', () => {
  expect(mapOne({ type: 'alias', userId: 'u-2', previousId: 'u-1' })).toMatchObject({
    type: 'person',
    identifiers: [
      { kind: 'user_id', value: 'u-2' },
      { kind: 'anonymous_id', value: 'u-1' },
    ],
    traits: {},
  });
});

test('a consent event is a decision with what the person read as proof', () => {
  const properties = { channel: 'email', topic: 'newsletter', text: 'Yes, write to me.' };
  expect(mapOne({ type: 'track', userId: 'u', event: 'consent_granted', properties })).toMatchObject({
    name: 'consent_granted',
    consents: [
      {
        channel: 'email',
        topic: 'newsletter',
        state: 'granted',
        decidedAt: new Date(AT),
        proof: { text: 'Yes, write to me.' },
      },
    ],
  });
  expect(
    mapOne({ type: 'track', userId: 'u', event: 'consent_withdrawn', properties: { channel: 'sms' } }),
  ).toMatchObject({
    consents: [{ channel: 'sms', topic: null, state: 'withdrawn' }],
  });
  expect(() =>
    mapOne({ type: 'track', userId: 'u', event: 'consent_granted', properties: { channel: 'fax' } }),
  ).toThrow(Invalid);
});

test('an event from too far ahead keeps the time it claimed', () => {
  const record = mapOne({ type: 'track', userId: 'u', event: 'x' }, { givenAt: '2031-01-01T00:00:00.000Z' });
  expect(record).toMatchObject({
    occurredAt: new Date(AT),
    properties: { original_timestamp: '2031-01-01T00:00:00.000Z' },
  });
});

test('what was stored in another shape is refused with the place', () => {
  expect(() => map({ type: 'vote', userId: 'u' })).toThrow(/message\.type/);
});
