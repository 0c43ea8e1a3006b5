import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { writeAudit } from '../../src/staff/audit.ts';
import { inviteColleague } from '../../src/staff/invitations.ts';
import { createKey } from '../../src/staff/keys.ts';
import { makePasswordReset } from '../../src/staff/password-resets.ts';
import { serveApp } from '../setup/app.ts';
import { findBarriers, openBrowser, openPage } from '../setup/browser.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

const WIDTHS = [390, 1440];
const THEMES = ['light', 'dark'] as const;
const SIGNED_IN = [
  '/',
  '/settings',
  '/settings/colleagues',
  '/settings/keys',
  '/settings/audit',
  '/account',
  '/account/totp',
  '/nowhere',
];

let databases: TestDatabase;
let cast: Cast;
let url: string;
let browser: Browser;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  browser = await openBrowser();
  const { workspaceId } = cast;
  await createKey(databases.database, { workspaceId, kind: 'write', name: 'Web shop', createdBy: null });
  await createKey(databases.database, {
    workspaceId,
    kind: 'api',
    name: 'Reporting script',
    createdBy: null,
  });
  await inviteColleague(databases.database, {
    workspaceId,
    email: 'new@ada.example',
    role: 'marketer',
    createdBy: cast.ids.admin,
  });
  await withWorkspace(databases.database, workspaceId, ({ db }) =>
    writeAudit(db, {
      workspaceId,
      userId: cast.ids.admin,
      action: 'key.created',
      subject: 'Web shop',
      details: { kind: 'write' },
      address: '203.0.113.7',
    }),
  );
});

test('a colleague signs in with the keyboard alone, changes the theme and signs out', async () => {
  const page = await openPage(browser, { viewport: { width: 1440, height: 900 } });
  await page.goto(`${url}/account`);
  await page.getByLabel('E-mail').fill(EMAILS.admin);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${url}/account`);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
  await page.getByRole('button', { name: 'Use the dark theme' }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.waitForLoadState('networkidle');
  await page.reload();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  await page.locator('summary', { hasText: 'Your account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${url}/login`);
  await page.context().close();
});

test('signing in, changing settings and signing out work without scripts', async () => {
  const page = await openPage(browser, { javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
  await signIn(page);
  await page.goto(`${url}/settings`);
  await page.getByLabel('Postal address').fill('1 Kettle Row, Berlin');
  await page.getByRole('button', { name: 'Save how messages are sent' }).click();
  expect(await page.getByRole('status').textContent()).toContain('Saved.');
  await page.getByText('Menu', { exact: true }).click();
  await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Home' }).click();
  await page.waitForURL(`${url}/`);
  await page.context().close();
});

test('a question is asked before a key is revoked', async () => {
  const page = await openPage(browser, { viewport: { width: 1440, height: 900 } });
  await signIn(page);
  await page.goto(`${url}/settings/keys`);
  await page.waitForLoadState('networkidle');
  page.once('dialog', (dialog) => void dialog.dismiss());
  await page.getByRole('button', { name: 'Revoke the key Reporting script' }).click();
  expect(await page.getByRole('row', { name: /Reporting script/ }).count()).toBe(1);
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Revoke the key Reporting script' }).click();
  await page.getByRole('status').waitFor();
  expect(await page.getByRole('row', { name: /Reporting script/ }).count()).toBe(0);
  await page.context().close();
});

for (const width of WIDTHS) {
  for (const theme of THEMES) {
    test(`pages of the frame have no barriers and do not scroll sideways at ${width} px, ${theme}`, {
      timeout: 120_000,
    }, async () => {
      const page = await openPage(browser, { viewport: { width, height: 900 }, colorScheme: theme });
      for (const path of ['/login', '/password-resets', await invitationPath(), await resetPath()])
        await look(page, path, `${width}-${theme}`);
      await signIn(page);
      for (const path of SIGNED_IN) await look(page, path, `${width}-${theme}`);
      await page.context().close();
    });
  }
}

async function look(page: Page, path: string, about: string): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.waitForLoadState('networkidle');
  await shoot(page, path, about);
  expect(await findBarriers(page), `${path} ${about}`).toEqual([]);
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess, `${path} ${about} scrolls sideways`).toBeLessThanOrEqual(0);
}

/** With SHOTS_FOLDER set, for people to look at; nothing is compared. */
async function shoot(page: Page, path: string, about: string): Promise<void> {
  const folder = process.env.SHOTS_FOLDER;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const name = path
    .split('/')
    .slice(0, 3)
    .join('-')
    .replaceAll(/-[\w-]{40,}/g, '-token');
  await page.screenshot({ path: `${folder}/${about}${name}.png`, fullPage: true });
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('E-mail').fill(EMAILS.admin);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
}

async function invitationPath(): Promise<string> {
  const wish = {
    workspaceId: cast.workspaceId,
    email: 'guest@ada.example',
    role: 'viewer' as const,
    createdBy: cast.ids.admin,
  };
  return `/invitations/${(await inviteColleague(databases.database, wish)).token}`;
}

async function resetPath(): Promise<string> {
  const wish = { workspaceId: cast.workspaceId, userId: cast.ids.viewer, createdBy: cast.ids.admin };
  return `/password-resets/${(await makePasswordReset(databases.database, wish)).token}`;
}
