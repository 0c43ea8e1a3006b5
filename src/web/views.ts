import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ejs from 'ejs';

export const VIEWS_FOLDER = path.join(import.meta.dirname, '..', '..', 'views');

/** What a view can always name: the same for a page and for every part of it. */
const COMMON = ['errors', 'csrf', 'assetUrl', 'nonce'];

type Model = Record<string, unknown>;
const compiled = new Map<string, ejs.ClientFunction>();

/** Fills a view of the repository; the name is always one of our own, never from a request. */
export function renderView(name: string, model: object): string {
  const template = compiled.get(name) ?? compileView(name);
  compiled.set(name, template);
  const data: Model = { ...model };
  return template(data, undefined, (part, given) => includePart(name, part, data, given ?? {}));
}

/** With `client` the function takes our own `include`, and nothing but what it is given. */
export function compileView(name: string): ejs.ClientFunction {
  const filename = path.join(VIEWS_FOLDER, `${name}.ejs`);
  return ejs.compile(readFileSync(filename, 'utf8'), { filename, client: true, async: false });
}

/**
 * The parts every area shares (`_field`, `_pager`) get what is handed to them, not what the page happens to call
 * `id` or `label`. A part of an area sees the model of its page.
 */
function includePart(from: string, part: string, data: Model, given: Model): string {
  const name = resolvePart(from, part);
  const isShared = !name.includes('/');
  const seen = isShared ? Object.fromEntries(COMMON.map((key) => [key, data[key]])) : data;
  return renderView(name, { ...seen, ...given });
}

/** Beside the view first, then among the shared ones. */
function resolvePart(from: string, part: string): string {
  const beside = path.posix.join(path.posix.dirname(from), part);
  return !beside.startsWith('..') && existsSync(path.join(VIEWS_FOLDER, `${beside}.ejs`)) ? beside : part;
}
