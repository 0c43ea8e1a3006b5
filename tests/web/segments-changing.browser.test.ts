import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { insertPurchases } from '../flow/score/cdnow.ts';
import { serveApp } from '../setup/app.ts';
import { findBarriers, openBrowser, openPage } from '../setup/browser.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { hear } from './people/people-cast.ts';
import { GOLD, makeSegment, useSegment } from './segments-cast.ts';

const AT = '2026-01-05T10:00:00Z';
let databases: TestDatabase;
let cast: Cast;
let url: string;
let browser: Browser;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  browser = await openBrowser();
  await hear(databases.database, cast.workspaceId, [
    { at: AT, userId: 'ada', traits: { name: 'Ada', plan: 'gold' } },
    { at: AT, userId: 'alan', traits: { name: 'Alan', plan: 'silver' } },
    { at: AT, userId: 'grace', traits: { name: 'Grace' } },
  ]);
  await makeSegment(databases.database, cast.workspaceId, 'gold', GOLD);
  await useSegment(databases.database, cast.workspaceId, 'gold');
});

async function signIn(options: { javaScriptEnabled: boolean; width: number; dark?: boolean }): Promise<Page> {
  const { javaScriptEnabled, width } = options;
  const page = await openPage(browser, {
    javaScriptEnabled,
    viewport: { width, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    baseURL: url,
  });
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(EMAILS.marketer);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
  return page;
}

const field = (page: Page, name: string) => page.locator(`[id="${name}"]`);

test('a rule is changed quietly and taken back without scripts, by keyboard alone', async () => {
  const page = await signIn({ javaScriptEnabled: false, width: 1440 });
  await page.goto('/segments/gold/edit');
  await field(page, 'r.0.value').fill('silver');
  await page.getByRole('button', { name: 'See what changes' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/segments\/gold\/impact$/);
  expect(await page.getByRole('listitem').filter({ hasText: 'Alan' }).count()).toBe(1);
  await page.getByRole('button', { name: 'Save quietly' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/segments\/gold$/);
  await page.goto('/segments/gold/versions');
  expect(await page.getByText('saved quietly').count()).toBe(1);
  await page.getByRole('button', { name: 'Go back to this version: 1' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Version 3 in use' }).waitFor();
  await page.context().close();
});

test('another trait has its own values to choose from, as soon as it is named', async () => {
  const page = await signIn({ javaScriptEnabled: true, width: 1440 });
  await page.goto('/segments/new');
  await page.waitForLoadState('networkidle');
  await field(page, 'r.0.name').fill('plan');
  await page.keyboard.press('Tab');
  await page.locator('datalist[id="r.0.value-values"] option').first().waitFor({ state: 'attached' });
  const values = page.locator('datalist[id="r.0.value-values"] option');
  expect(await values.evaluateAll((all) => all.map((one) => one.getAttribute('value')))).toEqual([
    'gold',
    'silver',
  ]);
  await page.context().close();
});

test('a refused file leaves the focus on what was wrong, in sight, without scripts', async () => {
  const page = await signIn({ javaScriptEnabled: false, width: 390 });
  await page.goto('/segments/gold/by-hand');
  const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') };
  await page.getByLabel('CSV').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload' }).click();
  const told = page.locator('[role="alert"]:focus');
  await told.waitFor();
  expect(await told.innerText()).toContain('This file has: a, b.');
  expect((await told.boundingBox())!.y).toBeLessThan(500);
  await page.context().close();
});

test.each([390, 1440])('a note of one endless word makes no page wider than %i px', async (width) => {
  const page = await signIn({ javaScriptEnabled: false, width });
  await page.goto('/segments/gold');
  await page.getByRole('link', { name: 'By hand' }).click();
  await page.getByLabel('Who', { exact: true }).fill('ada');
  await page.getByLabel('Note').first().fill('x'.repeat(400));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('1 person put in').waitFor();
  const isWithin = async () =>
    await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');
  expect(await isWithin()).toBe(true);
  await page.getByRole('link', { name: 'Ada' }).click();
  expect(await isWithin()).toBe(true);
  await page.goto(page.url().replace('/people/', '/segments/gold/why/'));
  await page.getByText('xxx').first().waitFor();
  expect(await isWithin()).toBe(true);
  await page.context().close();
});

test.each([
  [390, false],
  [1440, true],
])('the builder, what a change does and the versions have no barriers at %i px', async (width, dark) => {
  const page = await signIn({ javaScriptEnabled: true, width, dark });
  await page.goto('/segments/gold/edit');
  await page.waitForLoadState('networkidle');
  await field(page, 'r.0.op').selectOption('ne');
  await page.getByText('would match but for this').first().waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await page.getByRole('button', { name: 'See what changes' }).click();
  await page.getByRole('heading', { name: 'What reacts' }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
  await page.goto('/segments/gold/versions');
  expect(await findBarriers(page)).toEqual([]);
  await page.context().close();
});

test('on a narrow screen segments are put in another order, and no cell of the lifecycle is cut off', async () => {
  const page = await signIn({ javaScriptEnabled: true, width: 390 });
  await withWorkspace(databases.database, cast.workspaceId, ({ workspace }) =>
    insertPurchases(databases.database, workspace),
  );
  await refreshWorkspace(databases.database, cast.workspaceId, { trigger: 'test', full: true });
  await page.goto('/segments');
  await page.getByText('Lifecycle at a glance').click();
  const grid = await page.locator('.lifecycle-grid').boundingBox();
  expect(grid!.x + grid!.width).toBeLessThan(390);
  await page.getByRole('link', { name: 'Net revenue' }).first().click();
  await page.waitForURL(/sort=revenue/);
  await page.goto('/segments/rfm');
  expect(await page.locator('.tile-group', { hasText: 'Champions' }).first().isVisible()).toBe(true);
  expect(await findBarriers(page)).toEqual([]);
  await page.context().close();
});
