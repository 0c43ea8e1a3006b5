import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { WooSettings } from './settings.ts';

export type Query = Record<string, string>;
export type Collection<Row> = { rows: Row[]; pages: number; total: number };

export const PER_PAGE = 100;
/** What weak hosts still answer in time. */
const SMALL_PAGE = 20;

/** Speaks to one shop. https://developer.woocommerce.com/docs/apis/rest-api/ */
export function connect(ctx: Context<WooSettings>) {
  let keysIn: 'header' | 'query' = 'header';
  let isWeak = false;

  const ask = async (path: string, query: Query, more: Partial<Ask> = {}): Promise<HttpAnswer> => {
    const given = { path, query, expect: [], ...more };
    const answer = await ctx.http(requestOf(ctx.settings, { ...given, keysIn }));
    if (answer.status !== 401) return answer;
    // Many web servers drop the Authorization header: WooCommerce takes the keys in the address too.
    const again = await ctx.http(requestOf(ctx.settings, { ...given, keysIn: 'query' }));
    keysIn = 'query';
    return again;
  };
  const listOnce = async <Row>(path: string, query: Query, row: z.ZodType<Row>): Promise<Collection<Row>> => {
    const answer = await ask(path, query);
    const rows = readAnswer(answer, z.array(row), 'WooCommerce');
    const pages = Number(answer.headers['x-wp-totalpages'] ?? 1);
    refuseHole(rows.length, Number(query.page ?? 1), pages);
    return { rows, pages, total: Number(answer.headers['x-wp-total'] ?? rows.length) };
  };
  /** The rows of one page of a hundred, asked for in small pages. */
  const listWeakly = async <Row>(
    path: string,
    query: Query,
    row: z.ZodType<Row>,
  ): Promise<Collection<Row>> => {
    const parts = PER_PAGE / SMALL_PAGE;
    const first = (Number(query.page ?? 1) - 1) * parts + 1;
    const whole: Collection<Row> = { rows: [], pages: 0, total: 0 };
    for (let page = first; page < first + parts; page++) {
      const small = { ...query, per_page: String(SMALL_PAGE), page: String(page) };
      const part = await listOnce(path, small, row);
      whole.rows.push(...part.rows);
      Object.assign(whole, { pages: Math.ceil(part.pages / parts), total: part.total });
      if (page >= part.pages) break;
    }
    return whole;
  };
  return {
    /** null where there is nothing of this id (any more). */
    async find<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
      const answer = await ask(path, {}, { expect: [404] });
      return answer.status === 404 ? null : readAnswer(answer, schema, 'WooCommerce');
    },
    /** Takes a key that may write. Throws in words where this one may not. */
    async change(method: 'POST' | 'PUT' | 'DELETE', path: string, json?: object): Promise<void> {
      await ask(path, {}, { method, denied: READ_ONLY, ...(json ? { json } : {}) });
    },
    async count(path: string, query: Query): Promise<number> {
      return (await listOnce(path, { ...query, per_page: '1' }, z.looseObject({}))).total;
    },
    async list<Row>(path: string, query: Query, row: z.ZodType<Row>): Promise<Collection<Row>> {
      try {
        return isWeak
          ? await listWeakly(path, query, row)
          : await listOnce(path, { per_page: String(PER_PAGE), ...query }, row);
      } catch (error) {
        if (isWeak || !(error instanceof ConnectorError && error.retryable)) throw error;
        // A hundred rows may be more than the host can gather in time. If that was not it, this fails as well.
        isWeak = true;
        return await listWeakly(path, query, row);
      }
    },
  };
}

export type Client = ReturnType<typeof connect>;

type Ask = {
  path: string;
  query: Query;
  expect: number[];
  method?: 'POST' | 'PUT' | 'DELETE';
  json?: object;
  /** What to say where the keys may not do it. */
  denied?: string;
};

const READ_ONLY =
  'These keys may not set up webhooks in WooCommerce: they can only read. Make keys with the permission Read/Write and try again, or add the webhooks by hand.';
const UNKNOWN =
  'WooCommerce does not accept the keys. Make new ones under WooCommerce, Settings, Advanced, REST API, with the permission Read, for an administrator or shop manager; the address has to begin with https://.';

function requestOf(
  { url: root, consumerKey, consumerSecret }: WooSettings,
  given: Ask & { keysIn: 'header' | 'query' },
) {
  const { method = 'GET', json, denied = UNKNOWN } = given;
  const sent = { method, ...(json ? { json } : {}) } as const;
  const url = new URL(`${root}/wp-json/wc/v3${given.path}`);
  for (const [name, value] of Object.entries(given.query)) url.searchParams.set(name, value);
  if (given.keysIn === 'query') {
    url.searchParams.set('consumer_key', consumerKey);
    url.searchParams.set('consumer_secret', consumerSecret);
    return {
      ...sent,
      url: url.href,
      expect: given.expect,
      classify: (answer: HttpAnswer) => classify(answer, denied),
    };
  }
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  return {
    ...sent,
    url: url.href,
    headers: { authorization },
    expect: [...given.expect, 401],
    classify: (answer: HttpAnswer) => (answer.status === 401 ? ACCEPT : classify(answer, denied)),
  };
}

const ACCEPT: Verdict = { outcome: 'accept' };

function classify({ status, headers }: HttpAnswer, denied: string): Verdict | undefined {
  if (status === 403 && !headers['content-type']?.includes('json')) {
    const message = 'A protection page stands before the shop. Let the address of this server pass it.';
    return { outcome: 'retry', message };
  }
  return status === 401 || status === 403 ? { outcome: 'reconnect', message: denied } : undefined;
}

/** An empty page before the last would end the reading early and lose what comes after. */
function refuseHole(rows: number, page: number, pages: number): void {
  if (rows === 0 && page < pages)
    throw new ConnectorError('WooCommerce left a page empty in the middle of a list.', { retryable: true });
}
