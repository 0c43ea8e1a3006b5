import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { now } from '../../../src/base/clock.ts';
import { withWorkspace } from '../../../src/db/doors.ts';
import { memberships, segments } from '../../../src/db/schema/segment.ts';
import { refreshFacts } from '../../../src/flow/score/facts.sql.ts';
import { scoreWorkspace } from '../../../src/flow/score/scoring.ts';
import { serveApp } from '../../setup/app.ts';
import { findBarriers, openBrowser, openPage } from '../../setup/browser.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts';
import type { Call } from '../../setup/people.ts';
import { hear } from './people-cast.ts';

const WIDTHS = [390, 1440];
const THEMES = ['light', 'dark'] as const;
const FIRST = [
  'Ada',
  'Grace',
  'Katherine',
  'Dorothy',
  'Mary',
  'Hedy',
  'Radia',
  'Barbara',
  'Frances',
  'Margaret',
];
const LAST = [
  'Lovelace',
  'Hopper',
  'Johnson',
  'Vaughan',
  'Jackson',
  'Lamarr',
  'Perlman',
  'Liskov',
  'Allen',
  'Hamilton',
];
const TEAS = ['Darjeeling first flush', 'Assam breakfast', 'Jasmine pearls', 'Earl Grey', 'Sencha'];

let databases: TestDatabase;
let cast: Cast;
let url: string;
let browser: Browser;
let hedy: string;
let dorothy: string;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  const find = await hear(
    databases.database,
    cast.workspaceId,
    Array.from({ length: 70 }, (_, n) => callsOf(n)).flat(),
  );
  [hedy, dorothy] = [await find('user_id', 'c-1005'), await find('user_id', 'c-1003')];
  await makeFigures(hedy);
  browser = await openBrowser();
});

const ago = (days: number, hours = 0) =>
  new Date(now().getTime() - (days * 24 + hours) * 3_600_000).toISOString();

/** One customer of the tea shop: a visit, a sign-up, consent, and orders now and then. */
function callsOf(n: number): Call[] {
  const [first, last] = [FIRST[n % 10]!, LAST[Math.floor(n / 10 + n) % 10]!];
  const userId = `c-${1000 + n}`;
  const email = `${first}.${last}${n > 9 ? n : ''}@mail.example`.toLowerCase();
  const traits = {
    email,
    firstName: first,
    lastName: last,
    country: ['DE', 'AT', 'CH', 'FR'][n % 4],
    city: 'Berlin',
    plan: 'club',
    birthday: '1990-04-12',
  };
  const orders = Array.from({ length: n % 6 }, (_, order): Call => {
    const tea = TEAS[(n + order) % 5];
    const properties = {
      value: 18.5 + ((n * 7 + order * 13) % 60),
      currency: 'EUR',
      order_id: `${1200 + n * 10 + order}`,
      items: [{ name: tea, quantity: 1 + (order % 3) }],
      utm_source: 'newsletter',
    };
    return { at: ago(n + order * 24 + 1), userId, event: 'order_placed', properties };
  });
  return [
    {
      at: ago(n + 160, 3),
      anonymousId: `b-${n}`,
      type: 'page',
      properties: { path: '/teas/darjeeling', referrer: 'https://search.example/' },
    },
    {
      at: ago(n + 160, 2),
      anonymousId: `b-${n}`,
      userId,
      traits: n % 3 === 0 ? { ...traits, phone: `+49 30 9018${10 + n}` } : traits,
    },
    {
      at: ago(n + 160, 1),
      userId,
      event: 'consent_granted',
      properties: { channel: 'email', topic: 'newsletter', text: 'Yes, send me news about tea.' },
    },
    ...orders,
    {
      at: ago(n, 5),
      anonymousId: `b-${n}`,
      userId,
      type: 'page',
      properties: { path: '/teas', utm_source: 'newsletter' },
    },
  ];
}

async function makeFigures(member: string): Promise<void> {
  await withWorkspace(databases.database, cast.workspaceId, async ({ db, workspace }) => {
    await refreshFacts(db, { workspace, asOf: now(), profileIds: null });
    await scoreWorkspace(db, { workspace, asOf: now() });
    const at = new Date(ago(3));
    for (const [key, name] of [
      ['tea-club', 'Tea club'],
      ['library-high-spenders', 'High spenders'],
    ] as const) {
      await db.insert(segments).values({
        workspaceId: workspace.id,
        key,
        name,
        kind: 'custom',
        definition: { all: [] },
        version: 1,
        status: 'ready',
        size: 1,
        computedVersion: 1,
        createdAt: at,
        updatedAt: at,
      });
      await db
        .insert(memberships)
        .values({ workspaceId: workspace.id, profileId: member, segmentKey: key, enteredAt: at, version: 1 });
    }
  });
}

for (const width of WIDTHS) {
  for (const theme of THEMES) {
    test(`the pages of people have no barriers and do not scroll sideways at ${width} px, ${theme}`, {
      timeout: 120_000,
    }, async () => {
      const page = await openPage(browser, { viewport: { width, height: 900 }, colorScheme: theme });
      await signIn(page);
      const paths = {
        list: '/people',
        filtered: '/people?segment=tea-club',
        none: '/people?q=zz',
        person: `/people/${hedy}`,
        privacy: `/people/${hedy}/privacy`,
        merges: `/people/${hedy}/merges?with=${dorothy}`,
        search: '/search?q=grace',
      };
      for (const [name, path] of Object.entries(paths))
        await look(page, path, `people-${name}-${width}-${theme}`);
      await page.context().close();
    });
  }
}

test('an admin merges two people, undoes it, and everything works without a script', {
  timeout: 60_000,
}, async () => {
  const page = await openPage(browser, { viewport: { width: 1440, height: 900 }, javaScriptEnabled: false });
  await signIn(page);
  await page.goto(`${url}/people/${hedy}`);
  await page.getByRole('link', { name: 'Merge or undo' }).click();
  await page.getByLabel('The other person').fill('c-1003');
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByRole('button', { name: 'Merge these two' }).click();
  expect(await page.getByRole('status').first().textContent()).toContain('Merged.');
  await page.getByRole('link', { name: 'Merge or undo' }).click();
  await page.getByRole('button', { name: /^Undo/ }).first().click();
  expect(await page.getByRole('status').first().textContent()).toContain('Parted.');
  await page.context().close();
});

async function look(page: Page, path: string, name: string): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.waitForLoadState('networkidle');
  const folder = process.env.SHOTS_FOLDER;
  if (folder) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }
  expect(await findBarriers(page), name).toEqual([]);
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('E-mail').fill(EMAILS.admin);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
}
