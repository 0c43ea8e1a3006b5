import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { configureSecrets, isSigned, keyedHash, newToken, open, seal, sign } from '../../src/base/secrets.ts';

const key = randomBytes(32);
beforeEach(() => configureSecrets(key));

test('a sealed text opens in its own place only', () => {
  const sealed = seal('sk_live_1', 'workspace/source/apiKey');
  expect(sealed).not.toContain('sk_live_1');
  expect(open(sealed, 'workspace/source/apiKey')).toBe('sk_live_1');
  expect(() => open(sealed, 'other/source/apiKey')).toThrow('does not open');
});

test('a sealed text that was changed, or sealed with another key, does not open', () => {
  const sealed = seal('sk_live_1', 'here');
  const last = sealed.at(-1) === 'A' ? 'B' : 'A';
  expect(() => open(sealed.slice(0, -2) + last + sealed.at(-1), 'here')).toThrow('does not open');
  expect(() => open('sk_live_1', 'here')).toThrow('not a sealed text');
  configureSecrets(randomBytes(32));
  expect(() => open(sealed, 'here')).toThrow('another SECRET_KEY');
});

test('the same text is sealed differently each time', () => {
  expect(seal('a', 'here')).not.toBe(seal('a', 'here'));
});

test('a signature holds for its purpose, its text and this installation', () => {
  const signature = sign('unsubscribe', 'ada');
  expect(isSigned('unsubscribe', 'ada', signature)).toBe(true);
  expect(isSigned('unsubscribe', 'bo', signature)).toBe(false);
  expect(isSigned('preferences', 'ada', signature)).toBe(false);
  expect(isSigned('unsubscribe', 'ada', '')).toBe(false);
  configureSecrets(randomBytes(32));
  expect(isSigned('unsubscribe', 'ada', signature)).toBe(false);
});

test('a keyed hash recognises a text and differs by purpose', () => {
  expect(keyedHash('erased', 'ada@example.com')).toBe(keyedHash('erased', 'ada@example.com'));
  expect(keyedHash('erased', 'ada@example.com')).not.toBe(keyedHash('suppressed', 'ada@example.com'));
});

test('a token has 256 bits and fits a URL', () => {
  expect(newToken()).toMatch(/^[\w-]{43}$/);
  expect(newToken()).not.toBe(newToken());
});

test('a short key is refused', () => {
  expect(() => configureSecrets(Buffer.alloc(16))).toThrow('32 bytes');
});
