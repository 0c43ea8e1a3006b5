import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { command } from '../../src/tasks/command.ts';
import { findCommand, listUsage, parseWords, readOptions } from '../../src/tasks/command-line.ts';

const send = command({
  name: 'letter send',
  about: 'sends a letter',
  options: z.object({
    to: z.email('must be an address'),
    text: z.string(),
    asOf: z.string().optional(),
    full: z.boolean().default(false),
  }),
  run: async (_context, options) => options,
});
const noInput = () => '';

test('words before the options name the command', () => {
  const words = parseWords(['letter', 'send', '--to', 'ada@example.com', '--full', '--text=a=b']);
  expect(words).toEqual({
    names: ['letter', 'send'],
    options: { to: 'ada@example.com', full: 'true', text: 'a=b' },
  });
  expect(findCommand([send], words.names)).toBe(send);
  expect(findCommand([send], ['letter'])).toBeNull();
});

test('options are checked, named as they are typed, and switches are switches', () => {
  const given = { to: 'ada@example.com', text: 'Hello', 'as-of': 'today', full: 'true' };
  expect(readOptions(send, given, noInput)).toEqual({
    to: 'ada@example.com',
    text: 'Hello',
    asOf: 'today',
    full: true,
  });
  expect(readOptions(send, { to: 'ada@example.com', text: 'Hello' }, noInput)).toMatchObject({ full: false });
  expect(() => readOptions(send, { to: 'ada' }, noInput)).toThrow(
    '--to: must be an address; --text: is needed',
  );
});

test('an option that does not exist is named, with those that do', () => {
  expect(() => readOptions(send, { colour: 'red' }, noInput)).toThrow(
    '--colour: is no option of "letter send". It takes: --to, --text, --as-of, --full.',
  );
});

test('a value comes from a file or from standard input', () => {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'segments-cli-')), 'letter.txt');
  writeFileSync(file, 'Dear Ada\nhello\n');
  expect(readOptions(send, { to: 'ada@example.com', text: `@${file}` }, noInput)).toMatchObject({
    text: 'Dear Ada\nhello',
  });
  expect(readOptions(send, { to: 'ada@example.com', text: '-' }, () => 'Dear Bo\n')).toMatchObject({
    text: 'Dear Bo',
  });
});

test('the usage shows every option, and which may be left out', () => {
  expect(listUsage([send])).toContain('letter send --to … --text … [--as-of …] [--full]');
});
