import type { Config } from '../base/config.ts';
import { log } from '../base/log.ts';
import { newToken } from '../base/secrets.ts';
import { openMailer } from '../flow/send/mailer.ts';
import type { ResetLink } from '../staff/password-resets.ts';

/**
 * Makes the link and mails it, after the page has answered: how long it takes would tell whether there is an
 * account. The address in it is the configured one, never what a request says of its host.
 */
export function sendResetLink(config: Config, makeLink: () => Promise<ResetLink | null>): void {
  makeLink()
    .then((link) => (link ? mail(config, link) : null))
    .catch((error: unknown) => log.error({ err: error }, 'A password link could not be sent'));
}

async function mail(config: Config, { email, token }: ResetLink): Promise<void> {
  const url = `${config.baseUrl}/password-resets/${token}`;
  const text = `Somebody asked for a new password for your account at Segments.\n\nChoose one here within half an hour:\n${url}\n\nIf it was not you, do nothing: the old password stays.\n`;
  const html = `<p>Somebody asked for a new password for your account at Segments.</p><p><a href="${url}">Choose a new password</a> within half an hour.</p><p>If it was not you, do nothing: the old password stays.</p>`;
  const mailer = openMailer(config);
  const host = new URL(config.baseUrl).hostname;
  const from = {
    name: 'Segments',
    address: config.mailFrom?.match(/[^<\s]+@[^>\s]+/)?.[0] ?? `segments@${host}`,
  };
  const messageId = `<${newToken().slice(0, 24)}@${host}>`;
  const outcome = await mailer.send({
    to: email,
    from,
    subject: 'Your new password',
    html,
    text,
    messageId,
    headers: {},
  });
  mailer.close();
  if (outcome.end !== 'sent')
    log.error(
      { end: outcome.end, reason: outcome.reason },
      'A password link was not taken by the mail server',
    );
}
