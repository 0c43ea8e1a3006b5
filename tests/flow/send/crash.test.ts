import { type ChildProcess, spawn } from 'node:child_process';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { createCampaign } from '../../../src/flow/send/campaigns.ts';
import { sendDue } from '../../../src/flow/send/sender.ts';
import { startCampaign } from '../../../src/flow/send/start.ts';
import { addReaders, configOf, HTML, SENDING } from '../../setup/audience.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { addressToBeKilled, endLeasesOfKilled } from '../../setup/killed.ts';
import { startMailServer } from '../../setup/mail-server.ts';

const SENDER = new URL('./sender-process.ts', import.meta.url).pathname;
const KILLS = 5;
const IN_FLIGHT = 5;

test('five senders are killed in the middle: nobody gets the campaign twice, and at most those in flight are unknown', async () => {
  const { database, url } = await createTestDatabase();
  const workspace = await createWorkspace(database, { settings: SENDING });
  let child: ChildProcess | null = null;
  let killAt = 40;
  let kills = 0;
  const server = await startMailServer({
    onMessage: (_to, count) => {
      if (!child || count < killAt) return undefined;
      child.kill('SIGKILL');
      child = null;
      kills++;
      killAt = count + 60;
      return undefined;
    },
  });
  const readers = Array.from({ length: 500 }, (_, n) => ({
    email: `reader${n}@example.com`,
    firstName: `Reader ${n}`,
  }));
  await addReaders(database, workspace, readers);
  await startNewsletter(database, workspace);
  for (let n = 0; n < KILLS; n++) {
    const args = [SENDER, addressToBeKilled(url), workspace.id, server.url];
    child = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = child;
    await new Promise((resolve) => ended.once('exit', resolve));
    await endLeasesOfKilled(database);
  }
  expect(kills).toBe(KILLS);
  const config = configOf({ SMTP_URL: server.url });
  await sendDue(database, { workspaceId: workspace.id, config });
  const recipients = server.received.map((mail) => mail.to);
  expect(new Set(recipients).size).toBe(recipients.length);
  const counts = await rowsOf<{ status: string; address: string }>(
    database.db,
    sql`select status, address from deliveries where workspace_id = ${workspace.id}`,
  );
  const of = (status: string) => counts.filter((row) => row.status === status).map((row) => row.address);
  expect(of('unknown').length).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
  expect(of('sent').length + of('unknown').length).toBe(500);
  // Nobody is lost without being listed: whoever got nothing is among the unknown.
  const missing = readers.map((reader) => reader.email).filter((email) => !recipients.includes(email));
  expect(of('unknown')).toEqual(expect.arrayContaining(missing));
  expect(of('sent').every((address) => recipients.includes(address))).toBe(true);
}, 120_000);

test('two senders of one workspace do not send at the same time', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createWorkspace(database, { settings: SENDING });
  const server = await startMailServer();
  const config = configOf({ SMTP_URL: server.url });
  await addReaders(
    database,
    workspace,
    Array.from({ length: 30 }, (_, n) => ({ email: `reader${n}@example.com` })),
  );
  await startNewsletter(database, workspace);
  const senders = Array.from(
    { length: 4 },
    async () => await sendDue(database, { workspaceId: workspace.id, config, waitMs: 10_000 }),
  );
  const counts = await Promise.all(senders);
  expect(counts.reduce((sum, count) => sum + count.sent, 0)).toBe(30);
  expect(new Set(server.received.map((mail) => mail.to)).size).toBe(30);
  expect(server.received.length).toBe(30);
});

async function startNewsletter(database: Database, workspace: Workspace): Promise<void> {
  const draft = { name: 'June', segmentKey: 'readers', topic: 'newsletter', subject: 'Tea', html: HTML };
  const campaign = await withWorkspace(database, workspace.id, ({ db }) =>
    createCampaign(db, { workspaceId: workspace.id }, draft),
  );
  await startCampaign(database, { workspaceId: workspace.id, campaignId: campaign.id, config: configOf() });
}
