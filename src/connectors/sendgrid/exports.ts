import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context } from '../contract.ts';
import { ask } from './client.ts';
import { contactRow } from './rows.ts';
import type { SendgridSettings } from './settings.ts';

type Ctx = Context<SendgridSettings>;

/** Megabytes of a file: what is fetched at once must fit into memory. */
const MAX_FILE_MB = 10;
const MAX_UNPACKED = 200e6;
const PAUSE_MS = 9_000;

const started = z.object({ id: z.string() });
const state = z.object({
  status: z.enum(['pending', 'ready', 'failure']),
  urls: z.array(z.string()).nullish(),
  message: z.string().nullish(),
  contact_count: z.number().nullish(),
});
export type Export = z.infer<typeof state>;
const unpack = promisify(gunzip);

/** https://www.twilio.com/docs/sendgrid/api-reference/contacts/export-contacts */
export async function startExport(ctx: Ctx): Promise<string> {
  const json = { file_type: 'json', max_file_size: MAX_FILE_MB, notifications: { email: false } };
  const wish = { path: '/marketing/contacts/exports', method: 'POST' as const, json, isRepeatable: true };
  return (await ask(ctx, wish, started)).id;
}

/** Waits half a minute for an export to be ready; null when it is not by then. */
export async function awaitExport(ctx: Ctx, id: string): Promise<Export | null> {
  let isPending = false;
  try {
    return await ask(
      ctx,
      {
        path: `/marketing/contacts/exports/${id}`,
        classify: (answer) => {
          isPending = answer.status === 200 && state.safeParse(answer.json()).data?.status === 'pending';
          return isPending ? { outcome: 'retry', message: PENDING, retryAfterMs: PAUSE_MS } : undefined;
        },
      },
      state,
    );
  } catch (error) {
    if (isPending) return null;
    throw error;
  }
}

export const PENDING = 'SendGrid is still preparing the export of the contacts.';

/** Null where the file is gone: its address is good for some hours only. It is told no key, being elsewhere. */
export async function fetchFile(ctx: Ctx, url: string): Promise<z.infer<typeof contactRow>[] | null> {
  const answer = await ctx.http({ url, expect: [403, 404, 410] });
  if (answer.status !== 200) return null;
  const isPacked = answer.bytes[0] === 0x1f && answer.bytes[1] === 0x8b;
  const text = isPacked ? await unpackText(answer.bytes) : answer.text;
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(readLine);
}

async function unpackText(bytes: Buffer): Promise<string> {
  try {
    return (await unpack(bytes, { maxOutputLength: MAX_UNPACKED })).toString('utf8');
  } catch (cause) {
    throw unreadable(cause);
  }
}

function readLine(line: string) {
  try {
    return contactRow.parse(JSON.parse(line));
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): ConnectorError {
  return new ConnectorError('A file of the export of SendGrid cannot be read.', { retryable: true, cause });
}
