import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { finishImports } from '../../../src/tasks/importing.ts';
import { serveApp } from '../../setup/app.ts';
import { findBarriers, openBrowser, openPage } from '../../setup/browser.ts';
import { createCast, EMAILS, PASSWORD } from '../../setup/colleagues.ts';
import { createTestDatabase } from '../../setup/database.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'imports-'));
const SHOTS = process.env.SHOTS;
const lines = gunzipSync(
  readFileSync(path.join(import.meta.dirname, '../../fixtures/cdnow/transactions.csv.gz')),
)
  .toString()
  .split('\n');
const file = path.join(folder, 'transactions.csv');
writeFileSync(
  file,
  [...lines.slice(0, 3_000), '9,9,1997-01-01,1,ten', '10,,1997-01-01,1,5', '11,11,someday,1,5', ''].join(
    '\n',
  ),
);

let url: string;
const browser = await openBrowser();
beforeAll(async () => {
  await loadConnectors();
  const databases = await createTestDatabase();
  await createCast(databases.database);
  ({ url } = await serveApp(databases, { DATA_DIR: folder }));
});

async function signIn(page: Page): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('E-mail').fill(EMAILS.marketer);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${url}/`);
}

/** From the empty list to the result, as a marketer goes. */
async function importThroughPages(page: Page): Promise<void> {
  await page.goto(`${url}/imports/new`);
  await page.getByLabel('The file').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.waitForURL(/\/mapping$/);
  await page.getByLabel('What master_id is').selectOption('ignore');
  await page.getByLabel(/^Currency/).fill('USD');
  await page.getByRole('button', { name: 'Import' }).click();
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
}

test('a file comes in with scripts, and its page follows the import to the end', async () => {
  const page = await openPage(browser, { viewport: { width: 1440, height: 900 } });
  await signIn(page);
  await importThroughPages(page);
  await page.getByText('Done').waitFor({ timeout: 90_000 });
  await finishImports();
  await page.reload();
  await page.getByText('Rows set aside').waitFor();
  expect(await page.getByRole('cell', { name: 'is not a time' }).count()).toBe(1);
  await page.context().close();
}, 180_000);

test('a file comes in without scripts', async () => {
  const page = await openPage(browser, { javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
  await signIn(page);
  await importThroughPages(page);
  await finishImports();
  await page.reload();
  await page.getByText('2,999 known before').waitFor();
  await page.context().close();
}, 180_000);

const SIZES = [390, 1440].flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme })));
test.each(SIZES)(
  'the pages have no barrier and nothing sticks out at $width in $theme',
  async ({ width, theme }) => {
    const page = await openPage(browser, { viewport: { width, height: 900 }, colorScheme: theme });
    await signIn(page);
    await page.goto(`${url}/imports/new`);
    await page.getByLabel('The file').setInputFiles(file);
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.waitForURL(/\/mapping$/);
    const mapping = new URL(page.url()).pathname;
    await page.goto(`${url}/imports`);
    const done = await page.getByRole('row', { name: /Done/ }).first().getByRole('link').getAttribute('href');
    for (const [name, where] of Object.entries({
      list: '/imports',
      new: '/imports/new',
      mapping,
      result: done!,
    })) {
      await page.goto(url + where);
      if (SHOTS) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({
          path: path.join(SHOTS, `imports-${name}-${width}-${theme}.png`),
          fullPage: true,
        });
      }
      expect(await findBarriers(page)).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
      ).toBeLessThanOrEqual(0);
    }
    await page.context().close();
  },
  60_000,
);
