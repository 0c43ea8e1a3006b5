import { mkdirSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { createCampaign } from '../../src/flow/send/campaigns.ts';
import { createDestination } from '../../src/flow/send/destinations.ts';
import { type LinkOwner, makeToken } from '../../src/flow/send/links.ts';
import { sendDue } from '../../src/flow/send/sender.ts';
import { saveSendingSettings } from '../../src/flow/send/settings.ts';
import { startCampaign } from '../../src/flow/send/start.ts';
import { suppressAddresses } from '../../src/flow/send/suppressions.ts';
import { serveApp } from '../setup/app.ts';
import { addReaders, configOf, type Reader, SENDING } from '../setup/audience.ts';
import { findBarriers, openBrowser, openPage } from '../setup/browser.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

const FIRST = [
  'Ada',
  'Björn',
  'Chidinma',
  'Dragan',
  'Élodie',
  'Fatima',
  'Grzegorz',
  'Hana',
  'Ivo',
  'Jürgen',
  'Katarzyna',
  'Lê',
  'Maximiliane',
  'Noor',
  'Óscar',
];
const LAST = [
  'Lovelace',
  'Nguyễn',
  'van der Meer-Oosterhuis',
  'O’Connor',
  'Yılmaz',
  'Müller',
  'Santos',
  'Weiß',
];
const MAIL = `<!doctype html><html><body style="font-family:Georgia,serif;max-width:36rem;margin:2rem auto;color:#223">
<h1>The first flush is here</h1>
<p>Dear {{ firstName | default: "tea lover" }}, our new Darjeeling arrived on Tuesday: light, floral, gone by June.
{{ favouriteTea }} drinkers, try it with water at 85 °C.</p>
<p><a href="https://tea.example/first-flush?utm_campaign=first-flush">Taste it</a></p>
<hr><p style="font-size:12px">{{ business }} · {{ postal_address }}<br><a href="{{ unsubscribe_url }}">Unsubscribe</a> · <a href="{{ preferences_url }}">Choose what you get</a></p>
</body></html>`;
const WIDTHS = [390, 1440];
const THEMES = ['light', 'dark'] as const;

let databases: TestDatabase;
let cast: Cast;
let url: string;
let browser: Browser;
const ids: Record<string, string> = {};
let owner: LinkOwner;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  browser = await openBrowser();
  await fillWithBelievableData();
}, 120_000);

test('every message page reads well on a phone and a wide screen, by day and by night, without barriers', async () => {
  const pages: [string, string][] = [
    ['messages', '/messages'],
    ['new', '/messages/new'],
    ['edit', `/messages/${ids.draft}`],
    ['preview', `/messages/${ids.draft}/preview`],
    ['audience', `/messages/${ids.draft}/audience`],
    ['reason', `/messages/${ids.draft}/audience?reason=no%20consent`],
    ['waterfall', `/messages/${ids.sent}/audience`],
    ['report', `/messages/${ids.sent}`],
    ['progress', `/messages/${ids.paused}`],
    ['people', `/messages/${ids.sent}/people`],
    ['unknown', `/messages/${ids.sent}/people?status=unknown`],
    ['outbox', '/messages/outbox'],
    ['mail', `/messages/outbox/${ids.mail}`],
    ['destinations', '/destinations'],
    ['destination-new', '/destinations/new'],
    ['destination', `/destinations/${ids.destination}`],
  ];
  await look(pages, await signedIn(EMAILS.admin));
}, 300_000);

test('the pages behind a message’s links read well too', async () => {
  const token = makeToken('unsubscribe', owner);
  await look(
    [
      ['unsubscribe', `/unsubscribe/${token}`],
      ['preferences', `/preferences/${token}`],
    ],
    await openPage(browser),
  );
}, 120_000);

test('a message is started after its question was answered, and the report follows it', async () => {
  const page = await signedIn(EMAILS.marketer);
  await page.goto(`${url}/messages/${ids.draft}/audience`);
  await page.getByLabel(/I have looked at the message/).check();
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Start sending' }).click();
  await page.waitForURL(`${url}/messages/${ids.draft}`);
  expect(await page.innerText('main')).toContain('Going out');
  await sendDue(databases.database, { workspaceId: cast.workspaceId, config: configOf() });
  await page.getByText('Going out', { exact: true }).waitFor({ state: 'detached', timeout: 15_000 });
  expect(await page.innerText('#progress')).toMatch(/Sent/);
}, 60_000);

async function signedIn(email: string): Promise<Page> {
  const page = await openPage(browser);
  await page.goto(`${url}/login`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
  return page;
}

async function look(pages: [string, string][], page: Page): Promise<void> {
  const shots = process.env.SHOTS;
  const faults: string[] = [];
  if (shots) mkdirSync(shots, { recursive: true });
  for (const [name, path] of pages) {
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: theme });
        await page.goto(url + path);
        if (shots)
          await page.screenshot({ path: `${shots}/send-${name}-${width}-${theme}.png`, fullPage: true });
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (overflow !== 0) faults.push(`${name} ${width}: ${overflow} px too wide`);
        for (const barrier of await findBarriers(page)) faults.push(`${name} ${width} ${theme}: ${barrier}`);
      }
    }
  }
  expect(faults).toEqual([]);
}

async function fillWithBelievableData(): Promise<void> {
  const { database } = databases;
  const workspace = { id: cast.workspaceId } as Workspace;
  const readers = Array.from({ length: 240 }, (_, n): Reader => {
    const [first, last] = [FIRST[n % FIRST.length]!, LAST[(n * 5) % LAST.length]!];
    const consent = n % 11 === 3 ? 'withdrawn' : n % 7 === 2 ? 'unknown' : 'granted';
    return {
      email:
        n % 23 === 9 ? null : `${first}.${last.replaceAll(/[^a-zA-Z]/g, '')}${n}@example.com`.toLowerCase(),
      firstName: first,
      consent,
    };
  });
  await addReaders(database, workspace, readers);
  await database.db.execute(
    sql`update segments set name = 'Champions who read the newsletter' where workspace_id = ${workspace.id}`,
  );
  await suppressAddresses(
    database.db,
    { workspaceId: workspace.id },
    [0, 1, 4].map((n) => ({ email: readers[n]!.email!, reason: 'complaint' as const })),
  );
  await withWorkspace(database, workspace.id, ({ db }) =>
    saveSendingSettings(db, workspace.id, SENDING.sending),
  );
  ids.sent = await write(workspace, 'Spring letter', 'The first flush is here, {{ firstName }}');
  await startCampaign(database, { workspaceId: workspace.id, campaignId: ids.sent, config: configOf() });
  await sendDue(database, { workspaceId: workspace.id, config: configOf() });
  await database.db.execute(sql`update deliveries set opened_at = sent_at, clicked_at = case when address_key > 'b' then sent_at end
    where campaign_id = ${ids.sent} and status = 'sent' and address_key > '5'`);
  await database.db.execute(sql`update deliveries set status = 'unknown', reason = 'The sender ended before it heard the answer.', sent_at = null
    where campaign_id = ${ids.sent} and status = 'sent' and address_key < '06'`);
  ids.paused = await write(
    workspace,
    'A very long name of a campaign about everything that is new in the shop this early summer',
    'News',
  );
  await startCampaign(database, { workspaceId: workspace.id, campaignId: ids.paused, config: configOf() });
  await database.db.execute(sql`update campaigns set status = 'paused' where id = ${ids.paused}`);
  ids.draft = await write(workspace, 'Early summer offer', 'Two for one until Sunday');
  const [mail] = (
    await database.db.execute(
      sql`select o.id, o.profile_id from outbox o where o.campaign_id = ${ids.sent} limit 1`,
    )
  ).rows as { id: string; profile_id: string }[];
  ids.mail = mail!.id;
  owner = {
    workspaceId: workspace.id,
    profileId: mail!.profile_id,
    campaignId: ids.sent,
    deliveryId: mail!.id,
  };
  await addDestination(workspace);
}

async function write(workspace: Workspace, name: string, subject: string): Promise<string> {
  const draft = {
    name,
    subject,
    segmentKey: 'readers',
    topic: 'newsletter',
    preheader: 'Light, floral, gone by June',
    html: MAIL,
  };
  return (
    await withWorkspace(databases.database, workspace.id, ({ db }) =>
      createCampaign(db, { workspaceId: workspace.id }, draft),
    )
  ).id;
}

async function addDestination(workspace: Workspace): Promise<void> {
  await withWorkspace(databases.database, workspace.id, async ({ db }) => {
    const settings = { apiKey: 'a-key-us21', audience: 'a36b032126' };
    const { source } = await createSource(db, {
      workspace,
      connector: 'mailchimp',
      name: 'Tea letter',
      settings,
    });
    const fields = { sourceId: source.id, segmentKey: 'readers', name: 'Champions' };
    ids.destination = (await createDestination(db, workspace.id, fields)).id;
    await db.execute(
      sql`update destinations set status = 'needs_attention', status_message = 'Mailchimp refused the key. Connect it again under Sources.' where id = ${ids.destination}`,
    );
    for (const [daysAgo, status, added] of [
      [3, 'succeeded', 212],
      [1, 'partial', 4],
      [0, 'failed', 0],
    ] as const) {
      const at = new Date(Date.now() - daysAgo * 86_400_000);
      await db.execute(sql`insert into destination_runs (workspace_id, id, destination_id, status, is_dry_run, added, removed, refused, message, started_at, finished_at)
        values (${workspace.id}, ${newId(at)}, ${ids.destination}, ${status}, false, ${added}, ${daysAgo}, 1,
                ${status === 'succeeded' ? null : 'Mailchimp refused the key. Connect it again under Sources.'}, ${at.toISOString()}, ${new Date(at.getTime() + 4_000).toISOString()})`);
    }
  });
}
