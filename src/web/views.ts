import { readFileSync } from 'node:fs';
import path from 'node:path';
import ejs from 'ejs';

export const VIEWS_FOLDER = path.join(import.meta.dirname, '..', '..', 'views');

const compiled = new Map<string, ejs.TemplateFunction>();

/** Fills a view of the repository; the name is always one of our own, never from a request. */
export function renderView(name: string, model: object): string {
  const template = compiled.get(name) ?? compileView(name);
  compiled.set(name, template);
  return template({ ...model });
}

/** `cache` is for its parts: without it each is read and compiled again wherever it stands on a page. */
export function compileView(name: string): ejs.TemplateFunction {
  const filename = path.join(VIEWS_FOLDER, `${name}.ejs`);
  return ejs.compile(readFileSync(filename, 'utf8'), { filename, cache: true, async: false });
}
