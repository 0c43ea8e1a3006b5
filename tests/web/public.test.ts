import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { createCampaign } from '../../src/flow/send/campaigns.ts';
import { clickUrl, type LinkOwner, makeToken, openUrl } from '../../src/flow/send/links.ts';
import { sendDue } from '../../src/flow/send/sender.ts';
import { startCampaign } from '../../src/flow/send/start.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { serveApp } from '../setup/app.ts';
import { addReaders, configOf, HTML, SENDING } from '../setup/audience.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

let databases: TestDatabase;
let url: string;
let workspace: Workspace;
let owner: LinkOwner;

beforeAll(async () => {
  databases = await createTestDatabase();
  ({ url } = await serveApp(databases));
});

beforeEach(async () => {
  const { database } = databases;
  workspace = await createWorkspace(database, { settings: SENDING });
  const [profileId] = await addReaders(database, workspace, [{ email: 'ada@example.com', firstName: 'Ada' }]);
  const draft = { name: 'June', segmentKey: 'readers', topic: 'newsletter', subject: 'Tea', html: HTML };
  const campaign = await withWorkspace(database, workspace.id, ({ db }) =>
    createCampaign(db, { workspaceId: workspace.id }, draft),
  );
  await startCampaign(database, { workspaceId: workspace.id, campaignId: campaign.id, config: configOf() });
  await sendDue(database, { workspaceId: workspace.id, config: configOf() });
  const [row] = await rowsOf<{ id: string }>(
    database.db,
    sql`select id from deliveries where campaign_id = ${campaign.id}`,
  );
  owner = { workspaceId: workspace.id, profileId: profileId!, campaignId: campaign.id, deliveryId: row!.id };
});

const unsubscribePath = () => `${url}/unsubscribe/${makeToken('unsubscribe', owner)}`;
const withdrawals = async () =>
  await rowsOf<{ topic: string | null }>(
    databases.database.db,
    sql`select topic from consents where workspace_id = ${workspace.id} and state = 'withdrawn' order by topic`,
  );
const rawEvents = async (stream: string) =>
  await rowsOf<{ payload: { properties: Record<string, unknown> } }>(
    databases.database.db,
    sql`select payload from raw_events where workspace_id = ${workspace.id} and stream = ${stream}`,
  );

test('one click of a mail program unsubscribes at once, without cookie or token of a form', async () => {
  const answer = await fetch(unsubscribePath(), {
    method: 'POST',
    redirect: 'manual',
    body: 'List-Unsubscribe=One-Click',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(await withdrawals()).toEqual([{ topic: 'newsletter' }]);
  expect(await rawEvents('newsletter_unsubscribed')).toHaveLength(1);
  const again = await fetch(unsubscribePath(), { method: 'POST', body: new FormData() });
  expect(again.status).toBe(200);
});

test('a scanner that opens the link, or asks for its head, unsubscribes nobody', async () => {
  for (const method of ['GET', 'HEAD', 'GET'])
    expect((await fetch(unsubscribePath(), { method })).status).toBe(200);
  expect(await withdrawals()).toEqual([]);
  const page = await (await fetch(unsubscribePath())).text();
  expect(page).toContain('Newsletter');
  expect(page).toContain('a•••@e•••.com');
  expect(page).not.toContain('ada@example.com');
});

test('who stops all messages is left out whatever a topic said', async () => {
  await fetch(unsubscribePath(), { method: 'POST', body: new URLSearchParams({ everything: 'yes' }) });
  expect(await withdrawals()).toEqual([{ topic: null }]);
});

test('the preference page shows each topic and keeps what was ticked', async () => {
  const path = `${url}/preferences/${makeToken('unsubscribe', owner)}`;
  const before = await (await fetch(path)).text();
  expect(before).toMatch(/value="newsletter" checked/);
  expect(before).not.toMatch(/value="offers" checked/);
  const body = new URLSearchParams([['topics[]', 'offers']]);
  const after = await (await fetch(path, { method: 'POST', body })).text();
  expect(after).toContain('Saved.');
  expect(after).toMatch(/value="offers" checked/);
  expect(after).not.toMatch(/value="newsletter" checked/);
});

test('a link works after the person was joined with another', async () => {
  const { database } = databases;
  const [other] = await addReaders(database, workspace, [{ email: 'other@example.com', consent: 'granted' }]);
  await database.db.execute(sql`update profiles set merged_into = ${other} where id = ${owner.profileId}`);
  await database.db.execute(
    sql`insert into profile_aliases (workspace_id, alias_id, profile_id) values (${workspace.id}, ${owner.profileId}, ${other})`,
  );
  await fetch(unsubscribePath(), { method: 'POST', body: new URLSearchParams() });
  const rows = await rowsOf<{ profile_id: string }>(
    database.db,
    sql`select profile_id from consents where workspace_id = ${workspace.id} and state = 'withdrawn'`,
  );
  expect(rows.map((row) => row.profile_id)).toContain(other);
});

test('an open and a click are told, once each, and the click leads where the message said', async () => {
  const target = 'https://tea.example/new?x=1&y=%20';
  for (let n = 0; n < 3; n++)
    expect((await fetch(openUrl(url, owner))).headers.get('content-type')).toBe('image/gif');
  for (let n = 0; n < 2; n++) {
    const answer = await fetch(clickUrl(url, owner, target), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, target]);
  }
  expect(await rawEvents('email_opened')).toHaveLength(1);
  const clicks = await rawEvents('email_clicked');
  expect(clicks.map((row) => row.payload.properties.url)).toEqual([target]);
  await fetch(clickUrl(url, owner, `${target}2`), { method: 'HEAD', redirect: 'manual' });
  expect(await rawEvents('email_clicked')).toHaveLength(1);
});

test('forged links never leave: not one changed part, other purpose, parameter or protocol', async () => {
  const real = makeToken('click', owner, 'https://tea.example/');
  const [body, signature] = real.split('.') as [string, string];
  const evil = makeToken('click', owner, 'https://evil.example/').split('.')[0];
  const forged = [
    `${evil}.${signature}`,
    `${body}.${signature.slice(0, -2)}AA`,
    `${body}`,
    `${body}.`,
    `.${signature}`,
    `${real}.x`,
    makeToken('unsubscribe', owner, 'https://evil.example/'),
    makeToken('open', owner, 'https://evil.example/'),
    makeToken('click', owner, 'javascript:alert(1)'),
    makeToken('click', owner, 'data:text/html,x'),
    makeToken('click', owner, '//evil.example'),
    makeToken('click', owner, ''),
    'https:%2F%2Fevil.example',
  ];
  for (const token of forged) {
    const answer = await fetch(`${url}/c/${token}`, { redirect: 'manual' });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('location')).toBeNull();
  }
  for (const name of ['url', 'to', 'target', 'next', 'redirect', 'r', 'u']) {
    const answer = await fetch(`${url}/c/${real}?${name}=https://evil.example/`, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe('https://tea.example/');
  }
  for (const path of ['unsubscribe', 'preferences']) {
    for (const token of [real, `${body}x.${signature}`, makeToken('open', owner), 'x', 'a.b.c']) {
      expect(
        (await fetch(`${url}/${path}/${token}`, { method: 'POST', body: new URLSearchParams() })).status,
      ).toBe(404);
    }
  }
  expect(await withdrawals()).toEqual([]);
});

test('the links of a preview show the page and change nothing', async () => {
  expect(
    (await fetch(`${url}/unsubscribe/preview`, { method: 'POST', body: new URLSearchParams() })).status,
  ).toBe(200);
  expect(await (await fetch(`${url}/preferences/preview`)).text()).toContain('preview');
  expect(await withdrawals()).toEqual([]);
});

test('what a message learns stands on the timeline of the person it was for', async () => {
  const { database } = databases;
  const target = 'https://tea.example/darjeeling';
  await fetch(openUrl(url, owner));
  await fetch(clickUrl(url, owner, target), { redirect: 'manual' });
  await carry(database, workspace.id);
  const told = await rowsOf<{ name: string }>(
    database.db,
    sql`select distinct n.name from events e
          join event_names n on n.workspace_id = e.workspace_id and n.id = e.name_id
         where e.workspace_id = ${workspace.id} and e.profile_id = ${owner.profileId} order by 1`,
  );
  expect(told.map((one) => one.name)).toEqual(['email_clicked', 'email_opened', 'email_sent']);
});
