import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { now, startClockAt } from '../src/base/clock.ts';
import { loadConnectors } from '../src/connectors/registry.ts';
import { refreshWorkspace } from '../src/flow/segment/refresh.ts';
import { type Business, settle, withBusiness } from './cast/business.ts';
import { furnish, LOGIN, listPages, type Page } from './cast/pages.ts';
import { startProduct, stopProduct } from './cast/product.ts';
import { AS_OF, changeSome } from './cast/refresh.ts';

/**
 * Every page in turn, ten a second whether or not the last has come, while segments are refreshed without a pause
 * by another process; and /readyz as often beside them.
 */
const PER_SECOND = 10;
const LIMIT_MS = 250;
const TIMES_HEALTH = 5;
const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
  },
  strict: false,
});
const people = Number(values.profiles);
const rounds = Number(values.rounds);

type Visitor = { url: string; cookie: string; token: string; dispatcher: Agent };
type Times = Map<string, number[]>;
type Refreshes = { number: number; full: number };

process.env.LOG_LEVEL ??= 'warn';
startClockAt(new Date(AS_OF.getTime() + MINUTE_MS));
await loadConnectors();
// A page that nobody taught the benchmark to open is told of before anything is loaded.
listPages({ person: '', source: '', run: '', campaign: '', refresh: '' });
await withBusiness(async (business) => {
  await settle(business, people);
  const things = await furnish(business, people);
  await business.database.pool.query('vacuum analyze');
  const pages = listPages(things).filter(({ name, path: at }) => `${name} ${at}`.includes(`${values.only}`));
  await withWeb(business, async (url) => {
    const visitor = await signIn(url);
    await measure(business, visitor, await openOnce(visitor, pages));
  });
});

/** Each page once before anything is timed; one that does not open is told of, and fails the benchmark. */
async function openOnce(visitor: Visitor, pages: Page[]): Promise<Page[]> {
  const opened: Page[] = [];
  for (const page of pages) {
    try {
      await open(visitor, page);
      opened.push(page);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
  return opened;
}

async function measure(business: Business, visitor: Visitor, pages: Page[]): Promise<void> {
  const refreshes = keepRefreshing(business);
  const order = Array.from({ length: rounds }, () => pages).flat();
  const health = { name: '/readyz', path: '/readyz' };
  const [times, healthTimes] = await Promise.all([
    openInTurn(visitor, order),
    openInTurn(
      visitor,
      order.map(() => health),
    ),
  ]);
  report(times, healthTimes.get(keyOf(health))!, await refreshes.stop());
}

/** Starts one each tenth of a second, late or not; a time is from when it was due until the last byte. */
async function openInTurn(visitor: Visitor, order: Page[]): Promise<Times> {
  const times: Times = new Map();
  const startedAt = performance.now();
  const waiting: Promise<void>[] = [];
  for (const [index, page] of order.entries()) {
    const due = startedAt + (index * 1_000) / PER_SECOND;
    await sleep(Math.max(0, due - performance.now()));
    const opened = open(visitor, page).then(() => {
      times.set(keyOf(page), [...(times.get(keyOf(page)) ?? []), performance.now() - due]);
    });
    // Whoever waits for all of them hears of it.
    opened.catch(() => undefined);
    waiting.push(opened);
  }
  await Promise.all(waiting);
  return times;
}

function keyOf({ name, path: at }: Page): string {
  return name === at ? name : `${name} ${at.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')}`;
}

async function open({ url, cookie, token, dispatcher }: Visitor, { path: at, form }: Page): Promise<string> {
  const answer = await request(`${url}${at}`, {
    dispatcher,
    headers: { cookie, ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
    ...(form ? { method: 'POST', body: new URLSearchParams({ ...form, _csrf: token }).toString() } : {}),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 400)
    throw new Error(
      `${at} answered ${answer.statusCode}: ${text.replaceAll(/<[^>]*>|\s+/g, ' ').slice(0, 2_000)}`,
    );
  return text;
}

/** A hundredth of the people changes, is refreshed, and once in ten everything is computed. */
function keepRefreshing({ database, workspace }: Business): { stop: () => Promise<Refreshes> } {
  let isStopped = false;
  const done: Refreshes = { number: 0, full: 0 };
  const work = async () => {
    while (!isStopped) {
      const asOf = now();
      const full = done.number % 10 === 0;
      await changeSome(database, workspace, people, asOf, { every: 100, from: 1 + (done.number % 100) });
      await refreshWorkspace(database, workspace.id, { trigger: 'bench', asOf, full });
      done.number += 1;
      if (full) done.full += 1;
    }
  };
  const ended = work();
  ended.catch(() => undefined);
  return {
    stop: async () => {
      isStopped = true;
      await ended;
      return done;
    },
  };
}

function report(times: Times, health: number[], refreshes: Refreshes): void {
  const rows = [...times].map(([page, each]) => ({ page, p50: at(each, 0.5), p95: at(each, 0.95) }));
  rows.sort((a, b) => a.p95 - b.p95);
  const healthP95 = at(health, 0.95);
  console.table([...rows, { page: '/readyz', p50: at(health, 0.5), p95: healthP95 }]);
  const allowed = Math.max(TIMES_HEALTH * healthP95, LIMIT_MS);
  const worstMs = rows.at(-1)!.p95;
  const over = rows.filter(({ p95 }) => p95 > allowed).map(({ page }) => page);
  const vsHealth = Math.round((worstMs / healthP95) * 10) / 10;
  console.log(
    `${people} people, ${rows.length} pages, ${refreshes.number} refreshes of which ${refreshes.full} full`,
  );
  console.log(JSON.stringify({ bench: 'pages', people, vsHealth, worstMs, allowed, over }));
  if (over.length > 0) process.exitCode = 1;
}

function at(times: number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]! * 10) / 10;
}

/** The product's own web, as a process of its own, on this database. */
async function withWeb(business: Business, work: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-web-'));
  chmodSync(folder, 0o711);
  const web = await startProduct({
    DATABASE_URL: business.database.url,
    DATA_DIR: folder,
    SECRET_KEY: 'x'.repeat(44),
    SCHEDULE: 'off',
    LOG_LEVEL: 'warn',
    NOW: now().toISOString(),
  });
  try {
    await work(web.url);
  } finally {
    await stopProduct(web);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function signIn(url: string): Promise<Visitor> {
  const dispatcher = new Agent({ connections: 64 });
  const form = await request(`${url}/login`, { dispatcher });
  const before = cookieOf(form.headers['set-cookie']);
  const entered = await request(`${url}/login`, {
    method: 'POST',
    dispatcher,
    headers: { cookie: before, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...LOGIN, _csrf: tokenIn(await form.body.text()), next: '/' }).toString(),
  });
  if (entered.statusCode !== 302 && entered.statusCode !== 303)
    throw new Error(`Signing in answered ${entered.statusCode}.`);
  await entered.body.dump();
  const visitor = { url, cookie: cookieOf(entered.headers['set-cookie']) || before, token: '', dispatcher };
  return { ...visitor, token: tokenIn(await open(visitor, { name: 'account', path: '/account' })) };
}

function cookieOf(header: string | string[] | undefined): string {
  return [header ?? []]
    .flat()
    .map((each) => each.split(';')[0])
    .join('; ');
}

function tokenIn(text: string): string {
  const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1];
  if (!token) throw new Error('The form has no token.');
  return token;
}
