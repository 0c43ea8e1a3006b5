import { mkdirSync } from 'node:fs';
import { type SQL, sql } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addConnector, loadConnectors } from '../../src/connectors/registry.ts';
import { newId } from '../../src/db/ids.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { quarantineItems } from '../../src/flow/collect/quarantine.ts';
import { createBuiltInSources, createSource } from '../../src/flow/collect/sources.ts';
import { serveApp } from '../setup/app.ts';
import { findBarriers, openBrowser, openPage } from '../setup/browser.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { growRecords, type Orchard, orchardConnector, startOrchard } from '../vendors/orchard.ts';

const LONG =
  'orchard.example.com answered with a web page instead of data; often a login, maintenance or protection page stands in between. It is tried again later. What was stored is kept, and it is tried again by itself.';
/** Two of the four looks in each run of the tests; all of them when pictures are wanted. */
const LOOKS = process.env.SHOTS_FOLDER
  ? ([
      [390, 'light'],
      [390, 'dark'],
      [1440, 'light'],
      [1440, 'dark'],
    ] as const)
  : ([
      [390, 'light'],
      [1440, 'dark'],
    ] as const);

let databases: TestDatabase;
let cast: Cast;
let url: string;
let browser: Browser;
let orchard: Orchard;
/** Sources by the state they are in. */
const ids: Record<string, string> = {};
let runningRun = '';

beforeAll(async () => {
  await loadConnectors();
  addConnector(orchardConnector as never);
  orchard = await startOrchard(growRecords(2_000));
  configureConnections({ allow: [orchard.host], tries: 1 });
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  browser = await openBrowser();
  await fillWithBelievableData();
});
afterAll(async () => await orchard.close());

async function makeSource(name: string): Promise<string> {
  const settings = { baseUrl: orchard.url, apiKey: 'an orchard key 1234' };
  const workspace = { id: cast.workspaceId };
  const made = await createSource(databases.database.db, { workspace, connector: 'orchard', name, settings });
  return made.source.id;
}

async function addRun(
  sourceId: string,
  run: { daysAgo: number; status: string; read: number; message?: string },
) {
  const added = Math.round(run.read / 20);
  await databases.database.db.execute(sql`
    insert into sync_runs (workspace_id, id, source_id, trigger, status, read, new, changed, unchanged, quarantined, total,
                           message, started_at, heartbeat_at, finished_at)
    values (${cast.workspaceId}, ${newId(new Date(Date.now() - run.daysAgo * 86_400_000 - 42 * 60_000))}, ${sourceId}, 'schedule', ${run.status}, ${run.read}, ${added}, ${added},
            ${run.read - 2 * added - (run.read > 3 ? 3 : 0)}, ${run.read > 3 ? 3 : 0}, null, ${run.message ?? null},
            now() - make_interval(days => ${run.daysAgo}, mins => 42), now(),
            case when ${run.status} = 'running' then null else now() - make_interval(days => ${run.daysAgo}, mins => 40) end)`);
}

async function fillWithBelievableData(): Promise<void> {
  const { db } = databases.database;
  await createBuiltInSources(db, { id: cast.workspaceId });
  ids.good = await makeSource('Newsletter');
  ids.failed = await makeSource('Shop in the old town, second branch behind the market square');
  ids.attention = await makeSource('Blog');
  ids.running = await makeSource('Ads');
  ids.never = await makeSource('Billing');
  for (let day = 25; day >= 0; day -= 1)
    await addRun(ids.good, { daysAgo: day, status: 'succeeded', read: 4_000 + ((day * 7919) % 3_000) });
  await addRun(ids.failed, { daysAgo: 1, status: 'succeeded', read: 120 });
  await addRun(ids.failed, { daysAgo: 0, status: 'failed', read: 0, message: LONG });
  await addRun(ids.attention, { daysAgo: 0, status: 'partial', read: 1_250, message: LONG });
  await db.execute(sql`update sources set status = 'needs_attention',
      status_message = 'The key was refused (401). Make a new one and put it into the settings. Nothing is fetched until somebody has looked at the settings.'
      where id = ${ids.attention}`);
  await addRun(ids.running, { daysAgo: 0, status: 'running', read: 81_500 });
  await db.execute(
    sql`update sync_runs set total = 200000, started_at = now() - interval '4 minutes' where status = 'running'`,
  );
  await db.execute(
    sql`update source_streams set cursor = '{"since": "2026-11-21T14:05:00Z"}', last_success_at = now(), last_run_at = now() where source_id = ${ids.good}`,
  );
  const [row] = (await db.execute<{ id: string }>(sql`select id from sync_runs where status = 'running'`))
    .rows;
  runningRun = row!.id;
  await quarantineItems(db, { workspaceId: cast.workspaceId, sourceId: ids.good }, [
    {
      stream: 'apples',
      path: 'id',
      reason: 'It has no id, so it could not be known again.',
      payload: { note: 'n'.repeat(300), tags: ['ripe', 'red'] },
    },
    {
      stream: 'pears',
      line: 12,
      path: 'price',
      reason: 'The amount "12,5O" is no number.',
      payload: { id: 7, price: '12,5O' },
    },
  ]);
}

test('the page of a run goes with it to its end, and then offers what comes next, without a click', async () => {
  const id = await makeSource('Followed');
  await addRun(id, { daysAgo: 0, status: 'running', read: 500 });
  const { db } = databases.database;
  const set = (change: SQL) => db.execute(sql`update sync_runs set ${change} where source_id = ${id}`);
  const { rows } = await db.execute<{ id: string }>(sql`select id from sync_runs where source_id = ${id}`);
  const page = await openPage(browser, { viewport: { width: 390, height: 900 } });
  await signIn(page);
  await page.goto(`${url}/sources/${id}/runs/${rows[0]!.id}`);
  await set(sql`total = 2000, waiting = 'The orchard is picking.'`);
  await page.getByText('The orchard is picking.').waitFor();
  await set(sql`read = 2000, waiting = null, status = 'succeeded', finished_at = now()`);
  await page.getByRole('button', { name: 'Sync again' }).waitFor();
  expect(await page.locator('progress').count()).toBe(0);
  await page.context().close();
});

test('every page of sources can be read on a phone and a wide screen, light and dark, by everyone', {
  timeout: 180_000,
}, async () => {
  const paths = [
    '/sources',
    '/sources/new',
    '/sources/new/mailchimp',
    '/sources/new/orchard',
    `/sources/${ids.good}`,
    `/sources/${ids.failed}`,
    `/sources/${ids.attention}`,
    `/sources/${ids.running}`,
    `/sources/${ids.running}/runs/${runningRun}`,
    `/sources/${ids.never}`,
    `/sources/${ids.good}/quarantine`,
    `/sources/${ids.never}/quarantine`,
    `/sources/${ids.good}/settings`,
    '/runs',
  ];
  const faults = new Set<string>();
  for (const [width, theme] of LOOKS) {
    const page = await openPage(browser, { viewport: { width, height: 900 }, colorScheme: theme });
    await signIn(page);
    for (const path of paths) await look(page, path, `${width}-${theme}`, faults);
    await page.context().close();
  }
  expect([...faults]).toEqual([]);
});

test('a connection is tried without losing what was typed, then made', async () => {
  const page = await openPage(browser, { viewport: { width: 1440, height: 900 } });
  await signIn(page);
  await page.goto(`${url}/sources/new/orchard`);
  await page.waitForLoadState('networkidle');
  await page.getByLabel('Address').fill(orchard.url);
  await page.getByLabel('API key').fill('an orchard key');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByText('It holds 2000 apples.').waitFor();
  expect(await page.getByLabel('API key').inputValue()).toBe('an orchard key');
  await page.getByRole('button', { name: 'Connect and fetch' }).click();
  await page.getByText('Connected.').waitFor();
  await page.locator('#state').getByText('Up to date').waitFor();
  await page.context().close();
});

test('a sync is started by hand and its run shows by itself when it is done', async () => {
  const page = await openPage(browser, { viewport: { width: 390, height: 900 } });
  await signIn(page);
  await page.goto(`${url}/sources/${ids.never}`);
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.waitForURL(/\/runs\//);
  await page.getByText('Succeeded').waitFor();
  expect(await page.locator('dl.facts').innerText()).toContain('2,000');
  await page.context().close();
});

test('all of it works without scripts', async () => {
  const page = await openPage(browser, { javaScriptEnabled: false, viewport: { width: 1440, height: 900 } });
  await signIn(page);
  await page.goto(`${url}/sources/new/orchard`);
  await page.getByLabel('Address').fill(orchard.url);
  await page.getByLabel('API key').fill('an orchard key');
  await page.getByRole('button', { name: 'Test connection' }).click();
  expect(await page.getByText('It holds 2000 apples.').count()).toBe(1);
  expect(await page.getByLabel('Address').inputValue()).toBe(orchard.url);
  await page.getByLabel('API key').fill('an orchard key');
  await page.getByRole('button', { name: 'Connect and fetch' }).click();
  await page.waitForURL(/\/sources\/[0-9a-f-]{36}$/);
  await page.getByRole('button', { name: 'Pause' }).click();
  expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(1);
  await page.context().close();
});

/** Looks at everything before it judges, so that one run tells all there is to do. */
async function look(page: Page, path: string, about: string, faults: Set<string>): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.waitForLoadState('networkidle');
  await shoot(page, path, about);
  for (const barrier of await findBarriers(page)) faults.add(`${path} ${about}: ${barrier}`);
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (excess > 0) faults.add(`${path} ${about}: scrolls sideways by ${excess}`);
}

/** With SHOTS_FOLDER set, for people to look at; nothing is compared. */
async function shoot(page: Page, path: string, about: string): Promise<void> {
  const folder = process.env.SHOTS_FOLDER;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const state = Object.entries(ids).find(([, id]) => path.includes(id))?.[0] ?? '';
  const name = `${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '').replaceAll(/[^a-z]+/g, '-')}${state}`;
  await page.screenshot({ path: `${folder}/${about}${name}.png`, fullPage: true });
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('E-mail').fill(EMAILS.admin);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
}
