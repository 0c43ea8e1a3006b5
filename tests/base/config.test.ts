import { expect, test } from 'vitest';
import { isLoopbackUrl, readConfig } from '../../src/base/config.ts';
import { Invalid } from '../../src/base/errors.ts';

test('nothing has to be set', () => {
  expect(readConfig({})).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    baseUrl: 'http://localhost:3000',
    databaseUrl: null,
    isScheduleOn: true,
    allowPrivateHosts: [],
    now: null,
  });
});

test('an empty setting is not set, and an address loses its last slash', () => {
  expect(readConfig({ PORT: '', BASE_URL: 'https://segments.example.com/' })).toMatchObject({
    port: 3000,
    baseUrl: 'https://segments.example.com',
  });
});

test('hosts come as a list', () => {
  expect(readConfig({ ALLOW_PRIVATE_HOSTS: 'shop.internal, 10.0.0.1:8080' }).allowPrivateHosts).toEqual([
    'shop.internal',
    '10.0.0.1:8080',
  ]);
});

test('every wrong setting is named at once', () => {
  const wrong = {
    PORT: '99999',
    SECRET_KEY: 'short',
    DATABASE_URL: 'mysql://x',
    SCHEDULE: 'maybe',
    NOW: 'tomorrow',
  };
  try {
    readConfig(wrong);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Invalid);
    expect((error as Invalid).issues.map((issue) => issue.path).sort()).toEqual(Object.keys(wrong).sort());
  }
});

test('the clock is moved on this machine only', () => {
  expect(readConfig({ NOW: '2026-03-01T08:00:00Z' }).now).toEqual(new Date('2026-03-01T08:00:00Z'));
  expect(() => readConfig({ NOW: '2026-03-01T08:00:00Z', BASE_URL: 'https://segments.example.com' })).toThrow(
    'NOW',
  );
});

test.each([
  ['http://localhost:3000', true],
  ['http://127.0.0.1', true],
  ['http://[::1]:3000', true],
  ['https://localhost.example.com', false],
  ['https://127.0.0.1.example.com', false],
  ['http://192.168.0.1', false],
])('%s is on this machine: %s', (url, isHere) => {
  expect(isLoopbackUrl(url)).toBe(isHere);
});
