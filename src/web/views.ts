import { readFileSync } from 'node:fs';
import path from 'node:path';
import ejs from 'ejs';

export const VIEWS_FOLDER = path.join(import.meta.dirname, '..', '..', 'views');

/** With `npm run dev` a changed view shows at once. */
const keepsCompiled = process.env.WATCH_REPORT_DEPENDENCIES === undefined;
const compiled = new Map<string, ejs.TemplateFunction>();

/** Fills a view of the repository; the name is always one of our own, never from a request. */
export function renderView(name: string, model: object): string {
  const template = compiled.get(name) ?? compileView(name);
  if (keepsCompiled) compiled.set(name, template);
  return template(model);
}

export function compileView(name: string): ejs.TemplateFunction {
  const filename = path.join(VIEWS_FOLDER, `${name}.ejs`);
  return ejs.compile(readFileSync(filename, 'utf8'), {
    filename,
    views: [VIEWS_FOLDER],
    cache: keepsCompiled,
    async: false,
  });
}
