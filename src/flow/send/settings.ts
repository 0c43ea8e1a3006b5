import { z } from 'zod';
import type { Config } from '../../base/config.ts';
import { Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { saveSettings } from '../../db/settings.ts';
import { cleanEmail } from '../identify/normalise.ts';

/** One line of a header: what could begin a second header is refused when it is saved. */
export const headerLine = z
  .string()
  .trim()
  .max(200, 'Use at most 200 characters.')
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'Use one line without control characters.');

export const senderAddress = headerLine.refine(
  (text) => text === '' || (cleanEmail(text) !== null && /^[^\s<>"]+@[^\s<>"]+$/.test(text)),
  'Write an address like hello@example.com.',
);

/** How a business sends; lies in the settings of its workspace under `sending`. */
export const sendingSettings = z.strictObject({
  fromName: headerLine.default(''),
  fromEmail: senderAddress.default(''),
  /** Printed under every message: the law asks for it nearly everywhere. */
  postalAddress: z.string().trim().max(500, 'Use at most 500 characters.').default(''),
  /** At most this many messages to one person in `capDays`; 0 is no cap. */
  capMessages: z.coerce.number().int().min(0).max(100).default(0),
  capDays: z.coerce.number().int().min(1).max(90).default(7),
});
export type SendingSettings = z.infer<typeof sendingSettings>;

/** The settings of a workspace; the From address falls back to the one of the installation. */
export function readSendingSettings(workspace: Workspace, config: Pick<Config, 'mailFrom'>): SendingSettings {
  const own = sendingSettings.parse(workspace.settings.sending ?? {});
  const fallback = parseFrom(config.mailFrom ?? '');
  return {
    ...own,
    fromEmail: own.fromEmail || fallback.email,
    fromName: own.fromName || fallback.name || workspace.name,
  };
}

export async function saveSendingSettings(
  db: Db,
  workspaceId: string,
  given: unknown,
): Promise<SendingSettings> {
  const parsed = sendingSettings.safeParse(given);
  if (!parsed.success) {
    throw new Invalid(parsed.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })));
  }
  await saveSettings(db, workspaceId, { sending: parsed.data });
  return parsed.data;
}

/** `Ada <ada@example.com>` or a bare address. */
function parseFrom(text: string): { name: string; email: string } {
  const match = /^\s*"?([^"<]*?)"?\s*<([^<>\s]+)>\s*$/.exec(text);
  return match ? { name: match[1]!, email: match[2]! } : { name: '', email: text.trim() };
}
