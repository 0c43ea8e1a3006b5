import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { log } from '../base/log.ts';
import { newToken } from '../base/secrets.ts';
import { type Scope, withWorkspace } from '../db/doors.ts';
import type { Database, Db } from '../db/pool.ts';
import { claimTroubles, unclaimTrouble } from '../flow/collect/troubles.sql.ts';
import { type Mailer, type MailOutcome, openMailer } from '../flow/send/mailer.ts';
import { claimPushTroubles, unclaimPushTrouble } from '../flow/send/push-troubles.sql.ts';
import { listColleagues } from '../staff/colleagues.ts';
import { describeTrouble, type TroubleMail } from './alert-words.ts';
import { describePushTrouble } from './push-alert-words.ts';

type Mailing = Pick<Config, 'smtpUrl' | 'baseUrl' | 'mailFrom'>;

/** Something to be told: what the mail says, and how to leave it for the next time. */
type Told = { mail: TroubleMail; putBack: (db: Db) => Promise<void> };

/**
 * Tells the admins of a business by mail of each source and each destination that stays in trouble, once a trouble,
 * and once when it is over. Without a mail server nobody is told but by the pages. Returns how many were told.
 */
export async function tellTroubles(
  database: Database,
  config: Mailing,
  workspaceId: string,
): Promise<number> {
  if (!config.smtpUrl) return 0;
  const told = await withWorkspace(database, workspaceId, async (scope) =>
    scope.workspace.isDemo ? [] : await claimAll(scope, config.baseUrl),
  );
  if (told.length === 0) return 0;
  const colleagues = await listColleagues(database, workspaceId);
  const admins = colleagues.filter(({ role, isDisabled }) => role === 'admin' && !isDisabled);
  const mailer = openMailer(config);
  try {
    for (const { mail, putBack } of told) {
      if (await mailAll(mailer, config, { mail, to: admins.map(({ email }) => email) })) continue;
      await withWorkspace(database, workspaceId, ({ db }) => putBack(db));
    }
  } finally {
    mailer.close();
  }
  return told.length;
}

async function claimAll({ db, workspace }: Scope, baseUrl: string): Promise<Told[]> {
  const { id } = workspace;
  const setting = { workspace, baseUrl };
  const sources = (await claimTroubles(db, id, now())).map((one) => ({
    mail: describeTrouble(one, setting),
    putBack: async (again: Db) => await unclaimTrouble(again, id, one, now()),
  }));
  const destinations = (await claimPushTroubles(db, id, now())).map((one) => ({
    mail: describePushTrouble(one, setting),
    putBack: async (again: Db) => await unclaimPushTrouble(again, id, one),
  }));
  return [...sources, ...destinations];
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
      log.error({ end: outcome.end, reason: outcome.reason }, 'An admin could not be told of a trouble');
  }
  return ends.length === 0 || ends.some((end) => end !== 'down' && end !== 'later');
}
