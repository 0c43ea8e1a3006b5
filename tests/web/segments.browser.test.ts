import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { serveApp } from '../setup/app.ts';
import { openBrowser, openPage } from '../setup/browser.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { hear } from './people/people-cast.ts';

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
    { at: AT, userId: 'grace', traits: { name: 'Grace', plan: 'gold' } },
    { at: AT, userId: 'alan', traits: { name: 'Alan', plan: 'silver' } },
  ]);
});

async function openBuilder(javaScriptEnabled: boolean): Promise<Page> {
  const page = await openPage(browser, {
    javaScriptEnabled,
    viewport: { width: 1440, height: 900 },
    baseURL: url,
  });
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(EMAILS.marketer);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
  await page.goto('/segments/new');
  await page.waitForLoadState('networkidle');
  return page;
}

const field = (page: Page, name: string) => page.locator(`[id="${name}"]`);

test('what is typed while a count is under way is neither lost nor left out of the count', async () => {
  const page = await openBuilder(true);
  await page.route('**/segments/previews', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue();
  });
  await field(page, 'r.0.name').fill('plan');
  const answered = page.waitForResponse('**/segments/previews');
  await field(page, 'r.0.op').selectOption('ne');
  await field(page, 'r.0.value').click();
  await page.keyboard.type('silver');
  await answered;
  await page.getByText('2 people', { exact: true }).waitFor();
  await page.keyboard.type('!');
  expect(await field(page, 'r.0.op').inputValue()).toBe('ne');
  expect(await field(page, 'r.0.value').inputValue()).toBe('silver!');
  await page.context().close();
});

test('a button pressed right out of a field that was typed in does what it says', async () => {
  const page = await openBuilder(true);
  await field(page, 'r.0.name').fill('plan');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await field(page, 'r.1.kind').waitFor({ timeout: 5_000 });
  expect(await field(page, 'r.0.name').inputValue()).toBe('plan');
  await page.context().close();
});

test('a rule of two conditions is built, counted and saved without scripts', async () => {
  const page = await openBuilder(false);
  await page.getByLabel('Name', { exact: true }).fill('Gold, and known by name');
  await field(page, 'r.0.name').fill('plan');
  await field(page, 'r.0.value').fill('gold');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await field(page, 'r.1.kind').selectOption('identifier');
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  await field(page, 'r.1.name').selectOption('user_id');
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  expect(await page.getByText('2 people', { exact: true }).count()).toBe(1);
  await page.getByRole('button', { name: 'Create the segment' }).click();
  await page.waitForURL(/\/segments\/gold-and-known-by-name$/);
  await page.goto('/segments');
  await page.getByRole('button', { name: 'Count now' }).click();
  await page.getByRole('link', { name: 'Gold, and known by name' }).click();
  expect(await page.locator('.stat-value').first().innerText()).toBe('2');
  await page.context().close();
});

test.each([
  ['with scripts', true],
  ['without scripts', false],
])('Enter in a field counts the rule and takes nothing from it, %s', async (_name, javaScriptEnabled) => {
  const page = await openBuilder(javaScriptEnabled);
  await field(page, 'r.0.name').fill('plan');
  await field(page, 'r.0.value').fill('gold');
  await field(page, 'r.0.value').press('Enter');
  await page.getByText('2 people', { exact: true }).waitFor();
  expect(await field(page, 'r.0.value').inputValue()).toBe('gold');
  const answered = page.waitForResponse('**/segments/previews');
  await page.getByLabel('Name', { exact: true }).press('Enter');
  await answered;
  await page.getByText('2 people', { exact: true }).waitFor();
  expect(await field(page, 'r.0.value').inputValue()).toBe('gold');
  await page.context().close();
});

test.each([
  ['with scripts', true],
  ['without scripts', false],
])(
  'whoever adds and removes conditions by keyboard goes on at their place, %s',
  async (_name, javaScriptEnabled) => {
    const page = await openBuilder(javaScriptEnabled);
    const press = async (name: string, at = 0) => {
      const answered = page.waitForResponse('**/segments/previews');
      await page.getByRole('button', { name, exact: true }).nth(at).press('Enter');
      await answered;
    };
    const isAt = async (selector: string) =>
      await page.locator(`${selector}:focus`).waitFor({ timeout: 5_000 });
    await press('Add a condition');
    await isAt('[id="r.1.kind"]');
    await press('Remove');
    await isAt('[id="r.0.kind"]');
    await press('Remove');
    await isAt('button[value="add r"]');
    await press('Count');
    if (javaScriptEnabled) await isAt('#count');
    await page.context().close();
  },
);
