import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { findBarriers, openBrowser, openPage } from '../setup/browser.ts';
import { findFreePort, makeDataDir, type Running, startReady } from '../setup/process.ts';

const CDNOW = path.join(import.meta.dirname, '..', 'fixtures', 'cdnow', 'transactions.csv.gz');
const BUYERS = '2,357';
/** The log ends on 30 June 1998: the day after it, some are active and some are long gone. */
const DAY_AFTER = '1998-07-01T08:00:00Z';
const LOOKS = [390, 1440].flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme })));

const browser = await openBrowser();

test('a newcomer has people, segments and their reasons within the first hour', {
  timeout: 240_000,
}, async () => {
  const env = { DATA_DIR: makeDataDir(), PORT: String(await findFreePort()), NOW: DAY_AFTER };
  const running = await startReady(env);
  const page = await openPage(browser, { viewport: { width: 1440, height: 900 }, baseURL: running.baseUrl });
  await setUp(page, running);
  await page.getByText('Nobody here yet').waitFor();
  await page.getByText('0 of 5 done').first().waitFor();
  await importPurchases(page);
  await waitForPeople(page);
  await countAutomaticSegments(page);
  const segment = await buildSegment(page);
  const why = await askWhy(page, segment);
  await page.goto('/');
  await page.getByText('3 of 5 done').first().waitFor();
  const paths = ['/', '/segments', '/segments/rfm', '/segments/new', segment, why, '/reports', '/people'];
  expect(await lookAtAll(page.context(), running.baseUrl, paths)).toEqual([]);
});

/** The link stands in what the start printed; who has it makes the first account. */
async function setUp(page: Page, running: Running): Promise<void> {
  const printed = /\/setup\?code=\S+/.exec(running.output())?.[0];
  await page.goto(printed!);
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@tea.example');
  await page.getByLabel('Password').fill('a kettle sings at seven');
  await page.getByLabel('Its name').fill("Ada's Records");
  await page.getByLabel('Time zone').selectOption('America/New_York');
  await page.getByLabel('Currency').selectOption('USD');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByText('Your account is ready').waitFor();
}

/** The published purchase log, 6,919 orders, from the button on Home to the end of the import. */
async function importPurchases(page: Page): Promise<void> {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'first-hour-')), 'transactions.csv');
  writeFileSync(file, gunzipSync(readFileSync(CDNOW)));
  await page.getByRole('link', { name: 'Upload a CSV' }).click();
  await page.getByLabel('The file').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.waitForURL(/\/mapping/);
  await page.getByLabel('What master_id is').selectOption('ignore');
  await page.getByLabel(/^Currency/).fill('USD');
  await page.getByRole('button', { name: 'Import' }).click();
  await page.getByText('Done').first().waitFor({ timeout: 60_000 });
  await page.getByText('Taken in').first().waitFor();
}

/** The rows are stored first, and carried to people right after. */
async function waitForPeople(page: Page): Promise<void> {
  const count = async () => {
    await page.goto('/people');
    return await page.getByText(`${BUYERS} people`).count();
  };
  await expect.poll(count, { timeout: 60_000, interval: 500 }).toBe(1);
}

/** Every buyer stands in one cell of the grid and in one RFM group. */
async function countAutomaticSegments(page: Page): Promise<void> {
  await page.goto('/segments');
  await page.getByRole('button', { name: 'Count now' }).click();
  await page.getByText('Counted:').waitFor({ timeout: 60_000 });
  await page.getByText('Lifecycle at a glance').click();
  const cells = await page.locator('.lifecycle-grid td a').allInnerTexts();
  expect(cells).toHaveLength(12);
  expect(cells.filter((size) => size !== '0').length).toBeGreaterThan(6);
  expect(sumOf(cells)).toBe(2_357);
  await page.goto('/segments/rfm');
  const groups = await page
    .locator('section[aria-labelledby="groups"] [data-label="Buyers"]')
    .allInnerTexts();
  expect(groups.length).toBeGreaterThan(6);
  expect(sumOf(groups)).toBe(2_357);
}

/** With scripts the count follows what is typed; after saving, the segment has as many. */
async function buildSegment(page: Page): Promise<string> {
  await page.goto('/segments/new');
  await page.waitForLoadState('networkidle');
  await page.getByLabel('Name', { exact: true }).fill('Bought five times or more');
  await page.getByLabel('Kind of condition').selectOption('fact');
  await page.getByLabel('Fact').selectOption('orders');
  await page.locator('[id="r.0.op"]').selectOption('gte');
  await page.locator('[id="r.0.value"]').fill('5');
  await page.getByText('Orders is at least 5').waitFor();
  const counted = (await page.locator('#rule-preview .stat-value').innerText()).replace(/ people$/, '');
  expect(Number(counted.replace(',', ''))).toBeGreaterThan(100);
  await page.getByRole('button', { name: 'Create the segment' }).click();
  await page.getByText('Saved. It is counted').waitFor();
  const segment = new URL(page.url()).pathname;
  await page.goto('/segments');
  await page.getByRole('button', { name: 'Count now' }).click();
  await page.getByText('Counted:').waitFor({ timeout: 60_000 });
  await page.goto(segment);
  expect(await page.locator('.stat-value').first().innerText()).toBe(counted);
  return segment;
}

/** From the list of members to the rule with its evidence. */
async function askWhy(page: Page, segment: string): Promise<string> {
  await page.goto(segment);
  await page.getByRole('link', { name: 'Why?' }).first().click();
  await page.waitForURL(/\/why\//);
  await page.getByText('satisfies the rule of “Bought five times or more”').waitFor();
  expect(await page.locator('.why-evidence').first().innerText()).toMatch(/they have: ([5-9]|\d{2,})/);
  return new URL(page.url()).pathname;
}

/** Looks at everything before it judges, so that one run tells all there is to do. */
async function lookAtAll(signedIn: BrowserContext, url: string, paths: string[]): Promise<string[]> {
  const faults: string[] = [];
  const storageState = await signedIn.storageState();
  for (const { width, theme } of LOOKS) {
    const options = { viewport: { width, height: 900 }, colorScheme: theme, storageState, baseURL: url };
    const page = await openPage(browser, options);
    for (const where of paths)
      faults.push(...(await look(page, where)).map((fault) => `${where} ${width} ${theme}: ${fault}`));
    await page.context().close();
  }
  return faults;
}

async function look(page: Page, where: string): Promise<string[]> {
  const answer = await page.goto(where);
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  return [
    ...(answer?.status() === 200 ? [] : [`answered ${answer?.status()}`]),
    ...(excess > 0 ? [`scrolls sideways by ${excess}`] : []),
    ...(await findBarriers(page)),
  ];
}

function sumOf(figures: string[]): number {
  return figures.reduce((total, figure) => total + Number(figure.replaceAll(',', '')), 0);
}
