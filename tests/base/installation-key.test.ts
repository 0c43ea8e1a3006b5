import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../src/base/config.ts';
import { findKeyAside, keysOf, renewKeyFile } from '../../src/base/installation-key.ts';
import { toKey } from '../setup/keys.ts';

let folder: string;
let file: string;
let aside: string;
const config = (env: Record<string, string> = {}) => readConfig({ DATA_DIR: folder, ...env });
const read = (name: string) => readFileSync(name, 'utf8').trim();

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'segments-key-'));
  file = path.join(folder, 'secret-key');
  aside = `${file}.previous`;
});

test('a key in the environment is taken, with the one before beside it', () => {
  const env = { SECRET_KEY: 'n'.repeat(32), SECRET_KEY_PREVIOUS: 'o'.repeat(32) };
  const { current, previous } = keysOf(config(env), { isNew: false })();
  expect(current).toEqual(toKey(env.SECRET_KEY));
  expect(previous).toEqual([toKey(env.SECRET_KEY_PREVIOUS)]);
});

test('the same key twice is refused, as whoever set it meant another', () => {
  const env = { SECRET_KEY: 'n'.repeat(32), SECRET_KEY_PREVIOUS: 'n'.repeat(32) };
  expect(() => config(env)).toThrow('SECRET_KEY_PREVIOUS: is the same as SECRET_KEY');
});

test('a process that runs follows a change of the key in the file', () => {
  const keys = keysOf(config(), { isNew: true });
  const before = keys().current;
  renewKeyFile(config());
  expect(keys().previous).toEqual([before]);
  expect(keys().current).toEqual(toKey(read(file)));
  expect(keys().current).not.toEqual(before);
});

test('a key that is taken away from under a process stays in it', () => {
  const keys = keysOf(config(), { isNew: true });
  const before = keys().current;
  rmSync(file);
  expect(keys().current).toEqual(before);
});

test('a change of the file is finished when it was cut off, and begun once only', () => {
  keysOf(config(), { isNew: true });
  const first = read(file);
  // Killed after the key was put aside.
  copyFileSync(file, aside);
  renewKeyFile(config());
  const second = read(file);
  expect(second).not.toBe(first);
  expect(read(aside)).toBe(first);
  // Called again before the change is finished: the key in use stays.
  renewKeyFile(config());
  expect(read(file)).toBe(second);
  expect(findKeyAside(config())?.file).toBe(aside);
});

test('a draft that was left behind is no key', () => {
  keysOf(config(), { isNew: true });
  writeFileSync(`${file}.draft`, 'half a key');
  renewKeyFile(config());
  expect(read(file)).toMatch(/^[\w+/]{43}=$/);
});
