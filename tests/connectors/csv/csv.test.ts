import { expect, test } from 'vitest';
import { Invalid } from '../../../src/base/errors.ts';
import csv from '../../../src/connectors/csv/csv.ts';

const IMPORTED = '2026-05-02T10:00:00.000Z';
const read = (kind: 'people' | 'events', row: Record<string, string>, map: Record<string, unknown>) =>
  csv.map(
    {
      stream: kind,
      externalId: '1',
      payload: { kind, row, map, use: 'u', zone: 'Europe/Berlin', importedAt: IMPORTED },
    },
    {},
  );
const PURCHASE = {
  identifiers: { user_id: 'customer_id' },
  event: 'order_placed',
  occurredAt: { column: 'date', format: 'yyyy-MM-dd' },
  value: { column: 'amount' },
  currency: 'usd',
  properties: { quantity: 'cds' },
};
const purchase = { customer_id: '0001', date: '1997-01-18', cds: '2', amount: '29.33' };
const pathOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof Invalid) return error.issues[0]!.path;
    throw error;
  }
  return null;
};

test('a row of purchases is an order with its money, on the local day of the business', () => {
  expect(read('events', purchase, PURCHASE)).toEqual([
    {
      type: 'event',
      key: '',
      identifiers: [{ kind: 'user_id', value: '0001' }],
      name: 'order_placed',
      occurredAt: new Date('1997-01-17T23:00:00Z'),
      value: '29.33',
      currency: 'USD',
      properties: { quantity: '2' },
    },
  ]);
});

test('a row of people is a person with traits and a decision', () => {
  const map = {
    identifiers: { email: 'E-mail', phone: 'Phone' },
    traits: { country: 'Country', firstName: 'Name' },
    occurredAt: { column: 'changed' },
    consents: [
      {
        channel: 'email',
        topic: 'newsletter',
        column: 'opt_in',
        granted: ['yes', '1'],
        withdrawn: ['no', '0'],
        at: { column: 'opt_in_at', format: 'dd.MM.yyyy HH:mm' },
      },
      { channel: 'sms', column: 'sms', granted: ['ja'] },
    ],
  };
  const row = {
    'E-mail': ' Ada@Example.com ',
    Phone: '',
    Country: 'DE',
    Name: '',
    changed: '2026-01-02T03:04:05Z',
    opt_in: 'YES',
    opt_in_at: '29.03.2026 10:00',
    sms: 'vielleicht',
  };
  expect(read('people', row, map)).toEqual([
    {
      type: 'person',
      key: '',
      identifiers: [{ kind: 'email', value: 'Ada@Example.com' }],
      traits: { country: 'DE' },
      changedAt: new Date('2026-01-02T03:04:05Z'),
      consents: [
        {
          channel: 'email',
          topic: 'newsletter',
          state: 'granted',
          decidedAt: new Date('2026-03-29T08:00:00Z'),
          proof: { column: 'opt_in', value: 'YES' },
        },
      ],
    },
  ]);
});

test('an event row with traits tells of the person too', () => {
  const records = read('events', { ...purchase, city: 'Wien' }, { ...PURCHASE, traits: { city: 'city' } });
  expect(records).toMatchObject([
    { type: 'event' },
    { type: 'person', key: 'person', traits: { city: 'Wien' } },
  ]);
});

test('name, currency and zone may come from the row and the mapping', () => {
  const map = {
    ...PURCHASE,
    event: { column: 'type' },
    currency: { column: 'cur' },
    occurredAt: { column: 'date', format: 'M/d/yyyy h:mm a', zone: 'America/New_York' },
  };
  const row = { ...purchase, type: 'order_refunded', cur: 'eur', date: '7/4/2025 2:05 PM' };
  expect(read('events', row, map)).toMatchObject([
    { name: 'order_refunded', currency: 'EUR', occurredAt: new Date('2025-07-04T18:05:00Z') },
  ]);
});

test.each([
  ['12', '12'],
  ['1234.50', '1234.5'],
  ['1,234.50', '1234.5'],
  ['1.234,50', '1234.5'],
  ['12,5', '12.5'],
  ['1,234', '1234'],
  ['€ 1 234.00', '1234'],
  ["1'234.05", '1234.05'],
  ['-007.25', '-7.25'],
  ['+3', '3'],
  ['0', '0'],
])('the amount %s is %s', (text, expected) => {
  expect(read('events', { ...purchase, amount: text }, PURCHASE)).toMatchObject([{ value: expected }]);
});

test('a comma is the decimal sign where the mapping says so', () => {
  const map = { ...PURCHASE, value: { column: 'amount', decimal: ',' } };
  expect(read('events', { ...purchase, amount: '1.234' }, map)).toMatchObject([{ value: '1234' }]);
  expect(read('events', { ...purchase, amount: '1,234' }, map)).toMatchObject([{ value: '1.234' }]);
});

test('a local time that comes twice is the first of the two', () => {
  const map = { ...PURCHASE, occurredAt: { column: 'date', format: 'yyyy-MM-dd HH:mm' } };
  expect(read('events', { ...purchase, date: '2025-10-26 02:30' }, map)).toMatchObject([
    { occurredAt: new Date('2025-10-26T00:30:00Z') },
  ]);
});

test('a time a little ahead is taken as the import with its claim kept', () => {
  expect(read('events', { ...purchase, date: '2026-06-01' }, PURCHASE)).toMatchObject([
    { occurredAt: new Date(IMPORTED), properties: { original_timestamp: '2026-05-31T22:00:00.000Z' } },
  ]);
});

test.each([
  ['no person', { customer_id: ' ' }, 'customer_id'],
  ['an amount in words', { amount: 'ten' }, 'amount'],
  ['an amount of sixteen digits', { amount: '1234567890123456' }, 'amount'],
  ['a date that is none', { date: '1997-02-30' }, 'date'],
  ['a date of another form', { date: '18/01/1997' }, 'date'],
  ['no date', { date: '' }, 'date'],
  ['a date before 1900', { date: '1899-12-30' }, 'date'],
  ['a date in ten years', { date: '2036-05-02' }, 'date'],
])('a row with %s is refused by its column', (_what, cells, column) => {
  expect(pathOf(() => read('events', { ...purchase, ...cells }, PURCHASE))).toBe(column);
});
