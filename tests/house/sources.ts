import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Path from the root of the repository to its text: what every house rule reads. */
export type Sources = Record<string, string>;

export const ROOT = path.join(import.meta.dirname, '..', '..');

/** The files below a folder with one of the endings. */
export function readSources(folder: string, endings: string[]): Sources {
  const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const wanted = names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => path.join(folder, name));
  return Object.fromEntries(wanted.map((name) => [name, readFileSync(path.join(ROOT, name), 'utf8')]));
}

/** The code without its comments; strings stay. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}

/** `[name of the file, its code]` for each file, without comments. */
export function codeOf(sources: Sources): [string, string][] {
  return Object.entries(sources).map(([name, text]) => [name, withoutComments(text)]);
}

/** `isType`: nothing of it is left when the program runs. */
export type Import = { names: { imported: string; local: string }[]; from: string; isType: boolean };

/** Imports and re-exports; `from` is a path from the root for our own files, the package's name for others. */
export function importsOf(file: string, code: string): Import[] {
  const statements = code.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^'"`;]*?)\s*from\s*['"]([^'"]+)['"]/g,
  );
  const bare = code.matchAll(/(?:\bimport\s*\(\s*|(?:^|\n)import\s+)['"]([^'"]+)['"]/g);
  return [
    ...[...statements].map((found) => ({
      names: namesOf(found[2]!),
      from: resolveImport(file, found[3]!),
      isType: found[1] !== undefined || /^\{(\s*type\s+\w+,?)+\s*\}$/.test(found[2]!),
    })),
    ...[...bare].map((found) => ({ names: [], from: resolveImport(file, found[1]!), isType: false })),
  ];
}

/** The texts of the `sql` tags of a file: with `${…}` kept whole in `full`, replaced by `?` in `text`. */
export function statementsOf(code: string): { full: string; text: string }[] {
  return [...code.matchAll(/\bsql(?:<[^`;(]*>)?`/g)].map((found) =>
    readTemplate(code, found.index + found[0].length),
  );
}

function namesOf(clause: string): Import['names'] {
  if (clause.startsWith('*')) return [{ imported: '*', local: clause.split(/\s+as\s+/)[1] ?? '*' }];
  const inside = clause.match(/\{([\s\S]*)\}/)?.[1] ?? '';
  return inside
    .split(',')
    .map((part) => part.trim().replace(/^type\s+/, ''))
    .filter((part) => part !== '')
    .map((part) => {
      const [imported, local] = part.split(/\s+as\s+/);
      return { imported: imported!, local: local ?? imported! };
    });
}

function resolveImport(file: string, from: string): string {
  return from.startsWith('.') ? path.join(path.dirname(file), from) : from;
}

function readTemplate(code: string, start: number): { full: string; text: string } {
  let text = '';
  let at = start;
  while (at < code.length && code[at] !== '`') {
    if (code.startsWith('${', at)) {
      at = endOfExpression(code, at + 2);
      text += '?';
    } else {
      const length = code[at] === '\\' ? 2 : 1;
      text += code.slice(at, at + length);
      at += length;
    }
  }
  return { full: code.slice(start, at), text };
}

/** The place after the `}` that closes an expression, stepping over templates within it. */
function endOfExpression(code: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < code.length && depth > 0) {
    if (code[at] === '`') at = readEnd(code, at + 1);
    else if (code[at] === '{') depth += 1;
    else if (code[at] === '}') depth -= 1;
    at += 1;
  }
  return at;
}

function readEnd(code: string, start: number): number {
  let at = start;
  while (at < code.length && code[at] !== '`') {
    if (code.startsWith('${', at)) at = endOfExpression(code, at + 2);
    else at += code[at] === '\\' ? 2 : 1;
  }
  return at;
}
