import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { WordPressSettings } from './settings.ts';

export type Query = Record<string, string>;
export type Collection<Row> = { rows: Row[]; pages: number; total: number | undefined };

const PER_PAGE = 100;

/** Speaks to one site. https://developer.wordpress.org/rest-api/reference/ */
export async function connect(ctx: Context<WordPressSettings>) {
  const root = await findRoot(ctx);
  const ask = (path: string, query: Query) => ctx.http(request(ctx, root, path, query));
  return {
    async one<T>(path: string, query: Query, schema: z.ZodType<T>): Promise<T> {
      return readAnswer(await ask(path, query), schema, 'WordPress');
    },
    async list<Row>(path: string, query: Query, row: z.ZodType<Row>): Promise<Collection<Row>> {
      const answer = await ask(path, { per_page: String(PER_PAGE), ...query });
      if (isPastTheEnd(answer)) return { rows: [], pages: Number(query.page) - 1, total: undefined };
      const rows = readAnswer(answer, z.array(row), 'WordPress');
      const pages = Number(answer.headers['x-wp-totalpages'] ?? 1);
      refuseHole(rows.length, Number(query.page ?? 1), pages);
      return { rows, pages, total: numberOf(answer.headers['x-wp-total']) };
    },
  };
}

export type Client = Awaited<ReturnType<typeof connect>>;

/**
 * Sites without pretty permalinks answer only on `?rest_route=`. Query values are added to both kinds alike.
 * https://developer.wordpress.org/rest-api/extending-the-rest-api/routes-and-endpoints/
 */
async function findRoot(ctx: Context<WordPressSettings>): Promise<string> {
  const pretty = `${ctx.settings.url}/wp-json`;
  const index = await ctx.http({
    url: `${pretty}/`,
    headers: authorize(ctx.settings),
    expect: [404],
    classify,
  });
  return index.status === 404 ? `${ctx.settings.url}/?rest_route=` : pretty;
}

function request(ctx: Context<WordPressSettings>, root: string, path: string, query: Query) {
  const url = new URL(`${root}/wp/v2${path}`);
  // Caches in front of a site serve stale lists to a GET they have seen before; unknown parameters never fail.
  const all = { ...query, _: String(ctx.clock().getTime()) };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return { url: url.href, headers: authorize(ctx.settings), expect: [400], classify };
}

function authorize({ username, applicationPassword }: WordPressSettings): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${applicationPassword}`).toString('base64')}` };
}

const fault = z.object({ code: z.string(), message: z.string() });

function classify(answer: HttpAnswer): Verdict | undefined {
  const isPage = !answer.headers['content-type']?.includes('json');
  const code = codeOf(answer);
  if (answer.status === 403 && isPage) {
    return {
      outcome: 'retry',
      message: 'A protection page stands before the site. Let the address of this server pass it.',
    };
  }
  if (code === 'rest_not_logged_in') {
    const message =
      'WordPress did not see our password: the web server drops the Authorization header. Ask who runs the site to pass it on (in .htaccess), or check the application password.';
    return { outcome: 'reconnect', message };
  }
  if (answer.status === 401 || answer.status === 403) {
    const message =
      'WordPress does not let this user read people. Use an application password of an administrator.';
    return { outcome: 'reconnect', message };
  }
  if (answer.status === 400 && !isPastTheEnd(answer)) {
    return { outcome: 'refuse', message: `WordPress refused the request${code ? ` (${code})` : ''}.` };
  }
  return undefined;
}

function codeOf(answer: HttpAnswer): string | undefined {
  if (answer.status < 400 || !/^\s*\{/.test(answer.text)) return undefined;
  return fault.safeParse(answer.json()).data?.code;
}

/** WordPress answers a page past the end with 400, not with an empty list. */
function isPastTheEnd(answer: HttpAnswer): boolean {
  return answer.status === 400 && codeOf(answer)?.endsWith('_invalid_page_number') === true;
}

/** An empty page before the last would end the reading early and lose what comes after. */
function refuseHole(rows: number, page: number, pages: number): void {
  if (rows === 0 && page < pages) {
    throw new ConnectorError('WordPress left a page empty in the middle of a list.', { retryable: true });
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
