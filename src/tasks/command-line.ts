import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { Invalid, type Issue } from '../base/errors.ts';
import type { Command } from './command.ts';

/** What was typed: the words before the options, and the options by their names as typed. */
export type Words = { names: string[]; options: Record<string, string> };

/** `--name value`, `--name=value`, and `--name` alone, which is 'true'. */
export function parseWords(argv: string[]): Words {
  const words: Words = { names: [], options: {} };
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at]!;
    if (!word.startsWith('--')) {
      words.names.push(word);
    } else {
      const [name, ...rest] = word.slice(2).split('=');
      const next = argv[at + 1];
      const isAlone = rest.length === 0 && (next === undefined || next.startsWith('--'));
      if (!isAlone && rest.length === 0) at += 1;
      words.options[name!] = isAlone ? 'true' : rest.length > 0 ? rest.join('=') : next!;
    }
  }
  return words;
}

export function findCommand(commands: Command[], names: string[]): Command | null {
  return commands.find((command) => command.name === names.join(' ')) ?? null;
}

/** Checks the options against the command's schema; `@file` and `-` become what they hold. */
export function readOptions(
  command: Command,
  given: Words['options'],
  readInput: () => string,
): Record<string, unknown> {
  const values = Object.entries(given).map(([typed, value]) => readOption(command, typed, value, readInput));
  const parsed = command.options.safeParse(Object.fromEntries(values));
  if (!parsed.success) throw new Invalid(parsed.error.issues.map((issue) => toIssue(issue)));
  return parsed.data;
}

/** How the commands are called, one a line, with what each is for. */
export function listUsage(commands: Command[]): string {
  const usage = commands.map((command) => ({ call: describeCall(command), about: command.about ?? '' }));
  const lines = usage
    .sort((a, b) => a.call.localeCompare(b.call))
    .map(({ call, about }) => `  ${call}\n      ${about}`);
  return [
    'npm run cli -- <command> [--json]',
    '',
    ...lines,
    '',
    'A value may be @file, or - for standard input.',
  ].join('\n');
}

function readOption(
  command: Command,
  typed: string,
  value: string,
  readInput: () => string,
): [string, unknown] {
  const name = typed.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const schema = command.options.shape[name];
  if (!schema) {
    const known = Object.keys(command.options.shape).map(toKebab).join(', ');
    throw new Invalid([
      { path: `--${typed}`, message: `is no option of "${command.name}". It takes: ${known || 'none'}.` },
    ]);
  }
  return [name, isSwitch(schema) ? value !== 'false' : readValue(value, readInput)];
}

/** A file's last line break is the editor's, not the value's. */
function readValue(value: string, readInput: () => string): string {
  if (value === '-') return readInput().replace(/\r?\n$/, '');
  return value.startsWith('@') ? readFileSync(value.slice(1), 'utf8').replace(/\r?\n$/, '') : value;
}

function isSwitch(schema: z.core.$ZodType): boolean {
  const { def } = schema._zod;
  if (def.type === 'boolean') return true;
  return 'innerType' in def && isSwitch(def.innerType as z.core.$ZodType);
}

function toIssue(issue: z.core.$ZodIssue): Issue {
  const [name, ...rest] = issue.path.map(String);
  const message = issue.code === 'invalid_type' && issue.input === undefined ? 'is needed' : issue.message;
  return { path: [name ? toKebab(name) : '', ...rest].join('.'), message };
}

function toKebab(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function describeCall(command: Command): string {
  const options = Object.entries(command.options.shape).map(([name, schema]) => {
    const text = isSwitch(schema) ? toKebab(name) : `${toKebab(name)} …`;
    return schema._zod.optin === 'optional' || isSwitch(schema) ? `[${text}]` : text;
  });
  return [command.name, ...options].join(' ');
}
