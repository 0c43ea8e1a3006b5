import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import {
  configureRoot,
  configureSecrets,
  findOpener,
  isSigned,
  keyedHash,
  keyOfSealed,
  nameKey,
  newToken,
  open,
  seal,
  sign,
} from '../../src/base/secrets.ts';
import { sealAsBefore, toKey } from '../setup/keys.ts';

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
  const other = sealed.at(-2) === 'A' ? 'B' : 'A';
  expect(() => open(sealed.slice(0, -2) + other + sealed.at(-1), 'here')).toThrow('does not open');
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

test('a sealed text names its key, and opens while that is here as current or previous', () => {
  const sealed = seal('sk_live_1', 'here');
  expect(keyOfSealed(sealed)).toBe(nameKey(key));
  const next = randomBytes(32);
  configureSecrets(() => ({ current: next, previous: [key] }));
  expect(open(sealed, 'here')).toBe('sk_live_1');
  expect(keyOfSealed(seal('sk_live_1', 'here'))).toBe(nameKey(next));
  configureSecrets(() => ({ current: next, previous: [] }));
  expect(() => open(sealed, 'here')).toThrow(`another SECRET_KEY (named ${nameKey(key)})`);
});

test('a text sealed before keys had names opens with whichever key fits', () => {
  const sealed = sealAsBefore('sk_live_1', 'here', 'the first key');
  configureSecrets(() => ({ current: key, previous: [toKey('the first key')] }));
  expect(open(sealed, 'here')).toBe('sk_live_1');
  expect(findOpener(sealed, 'here')).toEqual(toKey('the first key'));
  expect(() => open(sealed, 'there')).toThrow('does not open');
});

test('hashes and signatures stay what they are while the key changes, and need a root', () => {
  const hash = keyedHash('erased', 'ada@example.com');
  const signature = sign('unsubscribe', 'ada');
  configureSecrets(() => ({ current: randomBytes(32), previous: [] }));
  expect(() => keyedHash('erased', 'ada@example.com')).toThrow('configureRoot');
  configureRoot(key);
  expect(keyedHash('erased', 'ada@example.com')).toBe(hash);
  expect(isSigned('unsubscribe', 'ada', signature)).toBe(true);
});
