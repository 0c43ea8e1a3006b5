import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { log } from '../base/log.ts';
import { newToken } from '../base/secrets.ts';
import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { claimTroubles, unclaimTrouble } from '../flow/collect/troubles.sql.ts';
import { type Mailer, type MailOutcome, openMailer } from '../flow/send/mailer.ts';
import { listColleagues } from '../staff/colleagues.ts';
import { describeTrouble, type TroubleMail } from './alert-words.ts';

type Mailing = Pick<Config, 'smtpUrl' | 'baseUrl' | 'mailFrom'>;

/**
 * Tells the admins of a business by mail of each source that stays in trouble, once a trouble, and once when it is
 * over. Without a mail server nobody is told but by the pages. Returns how many troubles were told.
 */
export async function tellTroubles(
  database: Database,
  config: Mailing,
  workspaceId: string,
): Promise<number> {
  if (!config.smtpUrl) return 0;
  const { troubles, workspace } = await withWorkspace(database, workspaceId, async ({ db, workspace }) => ({
    workspace,
    troubles: workspace.isDemo ? [] : await claimTroubles(db, workspaceId, now()),
  }));
  if (troubles.length === 0) return 0;
  const colleagues = await listColleagues(database, workspaceId);
  const admins = colleagues.filter(({ role, isDisabled }) => role === 'admin' && !isDisabled);
  const mailer = openMailer(config);
  try {
    for (const trouble of troubles) {
      const mail = describeTrouble(trouble, { workspace, baseUrl: config.baseUrl });
      if (await mailAll(mailer, config, { mail, to: admins.map(({ email }) => email) })) continue;
      await withWorkspace(database, workspaceId, ({ db }) => unclaimTrouble(db, workspaceId, trouble, now()));
    }
  } finally {
    mailer.close();
  }
  return troubles.length;
}

/** False when not one of them was reached because the mail server was not. */
async function mailAll(
  mailer: Mailer,
  config: Mailing,
  { mail, to }: { mail: TroubleMail; to: string[] },
): Promise<boolean> {
  const ends: MailOutcome['end'][] = [];
  const host = new URL(config.baseUrl).hostname;
  const address = config.mailFrom?.match(/[^<\s]+@[^>\s]+/)?.[0] ?? `segments@${host}`;
  for (const admin of to) {
    const messageId = `<${newToken().slice(0, 24)}@${host}>`;
    const from = { name: 'Segments', address };
    const outcome = await mailer.send({ ...mail, to: admin, from, messageId, headers: {} });
    ends.push(outcome.end);
    if (outcome.end !== 'sent')
      log.error(
        { end: outcome.end, reason: outcome.reason },
        'An admin could not be told of a source in trouble',
      );
  }
  return ends.length === 0 || ends.some((end) => end !== 'down' && end !== 'later');
}
