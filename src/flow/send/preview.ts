import { now } from '../../base/clock.ts';
import type { Config } from '../../base/config.ts';
import { Conflict, Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import type { Campaign } from './campaigns.ts';
import { type Composed, composeMail } from './compose.ts';
import { openMailer } from './mailer.ts';
import { insertOutbox } from './outcomes.sql.ts';
import { type PersonRow, selectPeople } from './render/context.sql.ts';
import { readSendingSettings } from './settings.ts';

type Around = { workspace: Workspace; config: Config };

/** Somebody to show a message with while no real person was chosen. */
const NOBODY: PersonRow = { profile_id: '', traits: {}, name: null, email: null, facts: null };

/** The message as one person would get it; its links change nothing. Throws Invalid on a bad template. */
export async function previewMail(
  db: Db,
  campaign: Campaign,
  around: Around,
  as: string | null,
): Promise<Composed> {
  const { workspace, config } = around;
  const people = as ? await selectPeople(db, workspace.id, [as]) : [];
  const settings = readSendingSettings(workspace, config);
  const sending = { workspace, campaign, settings, baseUrl: config.baseUrl };
  return await composeMail(sending, people[0] ?? NOBODY, { address: people[0]?.email ?? '', owner: null });
}

/** Sends the preview to a colleague, and keeps it in the outbox either way. */
export async function sendTest(
  db: Db,
  campaign: Campaign,
  around: Around,
  wish: { as: string | null; to: string },
): Promise<'sent' | 'kept'> {
  const { mail } = await previewMail(db, campaign, around, wish.as);
  const test = { ...mail, to: wish.to, subject: `[Test] ${mail.subject}` };
  if (test.from.address === '')
    throw new Invalid([{ path: 'fromEmail', message: 'There is no From address: set it in Settings.' }]);
  if (around.config.smtpUrl) await deliver(around.config, test);
  const { from, subject, html, text, headers, messageId } = test;
  await insertOutbox(db, [
    {
      workspaceId: around.workspace.id,
      id: newId(),
      campaignId: campaign.id,
      profileId: null,
      toAddress: wish.to,
      subject,
      html,
      text,
      createdAt: now(),
      headers: { From: `${from.name} <${from.address}>`, 'Message-ID': messageId, ...headers },
    },
  ]);
  return around.config.smtpUrl ? 'sent' : 'kept';
}

async function deliver(config: Config, mail: Composed['mail']): Promise<void> {
  const mailer = openMailer(config);
  try {
    const outcome = await mailer.send(mail);
    if (outcome.end !== 'sent') throw new Conflict(`The test message was not sent. ${outcome.reason}`);
  } finally {
    mailer.close();
  }
}
