import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { Conflict, Invalid } from '../../../src/base/errors.ts';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { createCampaign, getCampaign } from '../../../src/flow/send/campaigns.ts';
import { sendDue } from '../../../src/flow/send/sender.ts';
import { startCampaign } from '../../../src/flow/send/start.ts';
import { suppressAddresses } from '../../../src/flow/send/suppressions.ts';
import { addReaders, configOf, decide, HTML, type Reader, SENDING } from '../../setup/audience.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { startMailServer } from '../../setup/mail-server.ts';

let database: Database;
beforeAll(async () => {
  ({ database } = await createTestDatabase());
});

const DRAFT = {
  name: 'June',
  segmentKey: 'readers',
  topic: 'newsletter',
  subject: 'Tea for {{ firstName | default: "you" }}',
  html: HTML,
};

async function draft(workspace: Workspace, extra: Record<string, unknown> = {}): Promise<string> {
  return await withWorkspace(
    database,
    workspace.id,
    async ({ db }) => (await createCampaign(db, { workspaceId: workspace.id }, { ...DRAFT, ...extra })).id,
  );
}

async function deliveriesOf(campaignId: string) {
  return await rowsOf<{ profile_id: string; status: string; reason: string | null; address: string | null }>(
    database.db,
    sql`select profile_id, status, reason, address from deliveries where campaign_id = ${campaignId} order by profile_id`,
  );
}

const reader = (n: number, more: Partial<Reader> = {}): Reader => ({
  email: `reader${n}@example.com`,
  firstName: `Reader ${n}`,
  ...more,
});

test('each eligible person of 500 gets the campaign exactly once, and everyone else gets it never', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const server = await startMailServer();
  const config = configOf({ SMTP_URL: server.url });
  const readers = Array.from({ length: 500 }, (_, n) =>
    reader(n, { consent: n % 10 === 3 ? 'withdrawn' : n % 10 === 4 ? 'unknown' : 'granted' }),
  );
  await addReaders(database, workspace, readers);
  await suppressAddresses(
    database.db,
    { workspaceId: workspace.id },
    Array.from({ length: 50 }, (_, n) => ({
      email: `READER${n * 10 + 5}@Example.com`,
      reason: 'complaint' as const,
    })),
  );
  const campaignId = await draft(workspace);
  const { waterfall } = await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  expect(waterfall.map(({ step, count }) => [step, count])).toEqual([
    ['in_segment', 500],
    ['has_address', 500],
    ['consent', 400],
    ['not_suppressed', 350],
    ['under_cap', 350],
    ['not_in_control_group', 350],
    ['will_receive', 350],
  ]);
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 350,
    failed: 0,
    skipped: 0,
    unknown: 0,
  });
  const expected = readers.filter((_r, n) => ![3, 4, 5].includes(n % 10)).map((r) => r.email);
  expect(server.received.map((mail) => mail.to).sort()).toEqual(expected.sort());
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 0,
    failed: 0,
    skipped: 0,
    unknown: 0,
  });
  expect(server.received.length).toBe(350);
  const campaign = await withWorkspace(database, workspace.id, ({ db }) =>
    getCampaign(db, workspace.id, campaignId),
  );
  expect(campaign.status).toBe('sent');
}, 60_000);

test('a message carries its own id, one-click unsubscribe, a plain part, the postal address and signed links', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const server = await startMailServer();
  const config = configOf({ SMTP_URL: server.url });
  await addReaders(database, workspace, [reader(1, { firstName: '<b>Ada & Co</b>' })]);
  const campaignId = await draft(workspace, { preheader: 'Fresh leaves' });
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  await sendDue(database, { workspaceId: workspace.id, config });
  const mail = await server.parse(0);
  const [row] = await rowsOf<{ id: string; message_id: string }>(
    database.db,
    sql`select id, message_id from deliveries where campaign_id = ${campaignId}`,
  );
  expect(mail.messageId).toBe(`<${row!.id}@tea.example>`);
  expect(row!.message_id).toBe(mail.messageId);
  expect(mail.subject).toBe('Tea for <b>Ada & Co</b>');
  expect(mail.from?.text).toBe('"Ada\'s Tea" <ada@tea.example>');
  const list = mail.headers.get('list') as unknown as Record<string, { url?: string; name?: string }>;
  expect(list.unsubscribe?.url).toMatch(/^http:\/\/localhost:3000\/unsubscribe\/[\w-]+\.[\w-]{43}$/);
  expect(server.received[0]!.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
  expect(mail.html).toContain('Hello &lt;b&gt;Ada &amp; Co&lt;/b&gt;');
  expect(mail.html).toContain('Fresh leaves');
  expect(mail.html).toContain('Teeweg 1, 10115 Berlin');
  expect(mail.html).toContain('http://localhost:3000/c/');
  expect(mail.html).not.toContain('https://tea.example/new');
  expect(mail.text).toContain('Teeweg 1, 10115 Berlin');
  expect(mail.text).toContain('http://localhost:3000/unsubscribe/');
});

test('every spelling of a suppressed address is left out', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const server = await startMailServer();
  const config = configOf({ SMTP_URL: server.url });
  const spellings = [
    'Ada.Lovelace@gmail.com',
    'adalovelace+tea@gmail.com',
    'ADALOVELACE@GoogleMail.com',
    'hans@münchen.example',
    'HANS@xn--mnchen-3ya.example',
  ];
  await addReaders(database, workspace, [
    ...spellings.map((email) => ({ email })),
    { email: 'other@example.com' },
  ]);
  await suppressAddresses(database.db, { workspaceId: workspace.id }, [
    { email: 'adalovelace@gmail.com', reason: 'complaint' },
    { email: 'Hans@MÜNCHEN.example', reason: 'hard_bounce' },
  ]);
  const campaignId = await draft(workspace);
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  await sendDue(database, { workspaceId: workspace.id, config });
  expect(server.received.map((mail) => mail.to)).toEqual(['other@example.com']);
});

test('two people with one mailbox get one message, and one of them who left speaks for both', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const config = configOf();
  await addReaders(database, workspace, [
    { email: 'info@family.example' },
    { email: 'INFO@family.example' },
    { email: 'office@firm.example' },
    { email: 'office@firm.example', consent: 'withdrawn' },
  ]);
  const campaignId = await draft(workspace);
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  expect((await deliveriesOf(campaignId)).map((row) => row.reason ?? row.status)).toEqual([
    'pending',
    'same address',
    'unsubscribed',
    'unsubscribed',
  ]);
});

test('who is suppressed or leaves while a campaign is going out is not written to any more', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const ids: string[] = [];
  const server = await startMailServer({
    onMessage: async (_to, count) => {
      if (count !== 3) return undefined;
      await suppressAddresses(database.db, { workspaceId: workspace.id }, [
        { email: 'reader20@example.com', reason: 'complaint' },
      ]);
      await decide(database, workspace, [ids[21]!], { state: 'withdrawn', topic: null });
      return undefined;
    },
  });
  const config = configOf({ SMTP_URL: server.url });
  ids.push(
    ...(await addReaders(
      database,
      workspace,
      Array.from({ length: 25 }, (_, n) => reader(n)),
    )),
  );
  const campaignId = await draft(workspace);
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 23,
    failed: 0,
    skipped: 2,
    unknown: 0,
  });
  expect(server.received.map((mail) => mail.to)).not.toContain('reader20@example.com');
  const rows = await deliveriesOf(campaignId);
  expect(rows.find((row) => row.profile_id === ids[20])).toMatchObject({
    status: 'skipped',
    reason: 'suppressed',
  });
  expect(rows.find((row) => row.profile_id === ids[21])).toMatchObject({
    status: 'skipped',
    reason: 'unsubscribed',
  });
});

test('a lost answer is listed as unknown and a refused address as failed; neither is sent again', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const server = await startMailServer({
    onRecipient: (address) => {
      if (address === 'reader7@example.com')
        throw Object.assign(new Error('5.1.1 No such user'), { responseCode: 550 });
    },
    onMessage: (_to, count) => (count % 50 === 0 ? 'hang up' : undefined),
  });
  const config = configOf({ SMTP_URL: server.url });
  const ids = await addReaders(
    database,
    workspace,
    Array.from({ length: 151 }, (_, n) => reader(n)),
  );
  const campaignId = await draft(workspace);
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 147,
    failed: 1,
    skipped: 0,
    unknown: 3,
  });
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 0,
    failed: 0,
    skipped: 0,
    unknown: 0,
  });
  expect(new Set(server.received.map((mail) => mail.to)).size).toBe(server.received.length);
  const refused = (await deliveriesOf(campaignId)).find((row) => row.profile_id === ids[7]);
  expect(refused?.reason).toContain('No such user');
  const suppressed = await rowsOf(
    database.db,
    sql`select reason from suppressions where workspace_id = ${workspace.id}`,
  );
  expect(suppressed).toEqual([{ reason: 'hard_bounce' }]);
});

test('a mail server that is not there keeps everyone waiting, and the campaign says why', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const config = configOf({ SMTP_URL: 'smtp://127.0.0.1:9' });
  await addReaders(database, workspace, [reader(1), reader(2)]);
  const campaignId = await draft(workspace);
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 0,
    failed: 0,
    skipped: 0,
    unknown: 0,
  });
  expect((await deliveriesOf(campaignId)).map((row) => row.status)).toEqual(['pending', 'pending']);
  const campaign = await withWorkspace(database, workspace.id, ({ db }) =>
    getCampaign(db, workspace.id, campaignId),
  );
  expect(campaign.statusReason).toContain('could not be reached');
});

describe('consent is the last word of every decision', () => {
  const day = (n: number) => new Date(Date.UTC(2026, 0, n));
  const cases: [string, Parameters<typeof decide>[3][], string | null][] = [
    [
      'the latest decision counts, whatever came in last',
      [
        { state: 'granted', decidedAt: day(5) },
        { state: 'withdrawn', decidedAt: day(3) },
      ],
      null,
    ],
    [
      'at equal times the withdrawal counts',
      [
        { state: 'granted', decidedAt: day(5) },
        { state: 'withdrawn', decidedAt: day(5) },
      ],
      'unsubscribed',
    ],
    [
      'an undated grant is older than everything',
      [{ state: 'withdrawn', decidedAt: day(1) }, { state: 'granted' }],
      'unsubscribed',
    ],
    [
      'an undated withdrawal counts from when we received it',
      [
        { state: 'withdrawn', receivedAt: day(4) },
        { state: 'granted', decidedAt: day(5), receivedAt: day(5) },
      ],
      null,
    ],
    [
      'a withdrawn channel withdraws its topics',
      [
        { state: 'withdrawn', topic: null, decidedAt: day(2) },
        { state: 'granted', decidedAt: day(9) },
      ],
      'unsubscribed',
    ],
    [
      'a channel granted again frees its topics',
      [
        { state: 'withdrawn', topic: null, decidedAt: day(2) },
        { state: 'granted', topic: null, decidedAt: day(3) },
        { state: 'granted', decidedAt: day(1) },
      ],
      null,
    ],
    [
      'a granted channel grants a topic nobody asked about',
      [{ state: 'granted', topic: null, decidedAt: day(2) }],
      null,
    ],
    [
      'another topic says nothing about this one',
      [{ state: 'granted', topic: 'offers', decidedAt: day(2) }],
      'no consent',
    ],
    [
      'a grant dated in the future can be withdrawn today',
      [
        { state: 'granted', decidedAt: day(9_000), receivedAt: day(1) },
        { state: 'withdrawn', decidedAt: day(2) },
      ],
      'unsubscribed',
    ],
  ];
  test.each(cases)('%s', async (_name, decisions, reason) => {
    const workspace = await createWorkspace(database, { settings: SENDING });
    const ids = await addReaders(database, workspace, [reader(1, { consent: 'unknown' })]);
    for (const decision of decisions) await decide(database, workspace, ids, decision);
    const campaignId = await draft(workspace);
    await startCampaign(database, { workspaceId: workspace.id, campaignId, config: configOf() });
    expect((await deliveriesOf(campaignId))[0]!.reason).toBe(reason);
  });
});

test('people joined after the start get the campaign once', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  const config = configOf();
  const [a, b, c, d] = await addReaders(database, workspace, [reader(1), reader(2), reader(3), reader(4)]);
  const campaignId = await draft(workspace);
  await startCampaign(database, { workspaceId: workspace.id, campaignId, config });
  await database.db.execute(sql`update deliveries set status = 'sent' where profile_id = ${a}`);
  for (const [from, to] of [
    [a, b],
    [c, d],
  ]) {
    await database.db.execute(sql`update profiles set merged_into = ${to} where id = ${from}`);
    await database.db.execute(
      sql`insert into profile_aliases (workspace_id, alias_id, profile_id) values (${workspace.id}, ${from}, ${to})`,
    );
  }
  expect(await sendDue(database, { workspaceId: workspace.id, config })).toEqual({
    sent: 1,
    failed: 0,
    skipped: 0,
    unknown: 0,
  });
  expect((await deliveriesOf(campaignId)).map((row) => [row.profile_id, row.status])).toEqual([
    [b, 'sent'],
    [d, 'sent'],
  ]);
});

test('a frequency cap and a control group hold people back, and say so', async () => {
  const workspace = await createWorkspace(database, {
    settings: { sending: { ...SENDING.sending, capMessages: 1, capDays: 7 } },
  });
  const config = configOf();
  await addReaders(
    database,
    workspace,
    Array.from({ length: 200 }, (_, n) => reader(n)),
  );
  const first = await draft(workspace, { controlPercent: 20 });
  const { waterfall } = await startCampaign(database, {
    workspaceId: workspace.id,
    campaignId: first,
    config,
  });
  const kept = waterfall.find((step) => step.step === 'not_in_control_group')!.left[0]!;
  expect(kept.reason).toBe('control group');
  // Of 200 about 40, whoever the campaign's id draws; 30 more or fewer are beyond five deviations.
  expect(kept.count).toBeGreaterThan(10);
  expect(kept.count).toBeLessThan(70);
  const { sent } = await sendDue(database, { workspaceId: workspace.id, config });
  expect(sent).toBe(200 - kept.count);
  const second = await draft(workspace, { name: 'July' });
  const again = await startCampaign(database, { workspaceId: workspace.id, campaignId: second, config });
  expect(again.waterfall.at(-1)!.count).toBe(kept.count);
});

describe('a campaign does not start', () => {
  const start = async (settings: Record<string, unknown>, extra: Record<string, unknown> = {}) => {
    const workspace = await createWorkspace(database, { settings });
    await addReaders(database, workspace, [reader(1)]);
    const campaignId = await draft(workspace, extra);
    return {
      workspace,
      run: () => startCampaign(database, { workspaceId: workspace.id, campaignId, config: configOf() }),
    };
  };
  test('without a From address', async () => {
    await expect((await start({ sending: { postalAddress: 'Berlin' } })).run()).rejects.toThrow(
      /From address/,
    );
  });
  test('without a postal address', async () => {
    await expect((await start({ sending: { fromEmail: 'a@b.example' } })).run()).rejects.toThrow(
      /postal address/,
    );
  });
  test('without an unsubscribe link', async () => {
    await expect((await start(SENDING, { html: '<p>Hi</p>' })).run()).rejects.toThrow(/unsubscribe link/);
  });
  test.each(['stale', 'pending', 'parked'])('while its segment is %s', async (status) => {
    const { workspace, run } = await start(SENDING);
    await database.db.execute(
      sql`update segments set status = ${status} where workspace_id = ${workspace.id}`,
    );
    await expect(run()).rejects.toThrow(Conflict);
  });
  test('twice', async () => {
    const { run } = await start(SENDING);
    const ends = await Promise.allSettled([run(), run(), run()]);
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
  });
});

test.each([
  ['name', { name: 'June\r\nBcc: all@example.com' }],
  ['subject', { subject: 'Tea\nBcc: all@example.com' }],
  ['fromName', { fromName: 'Ada\r\nX-Evil: 1' }],
  ['fromEmail', { fromEmail: 'ada@tea.example\r\nBcc: x@y.example' }],
  ['preheader', { preheader: 'Fresh\u2028leaves' }],
  ['html', { html: '{{ name | raw }}' }],
  ['topic', { topic: 'nothing-like-it' }],
  ['segmentKey', { segmentKey: 'nobody' }],
])('a draft with a bad %s is refused at that field', async (path, extra) => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  await addReaders(database, workspace, [reader(1)]);
  const refusal = await draft(workspace, extra).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Invalid);
  expect((refusal as Invalid).issues.map((issue) => issue.path)).toContain(path);
});

test('links in mails that nobody else could open are not sent', async () => {
  const workspace = await createWorkspace(database, { settings: SENDING });
  await addReaders(database, workspace, [reader(1)]);
  const campaignId = await draft(workspace);
  const config = configOf({ SMTP_URL: 'smtp://mail.example.com' });
  await expect(startCampaign(database, { workspaceId: workspace.id, campaignId, config })).rejects.toThrow(
    /BASE_URL/,
  );
});
