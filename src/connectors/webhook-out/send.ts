import { createHmac } from 'node:crypto';
import { machineTime } from '../../base/clock.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { keyOf, type WebhookOutSettings } from './settings.ts';

type Ctx = Context<WebhookOutSettings>;
const TIMEOUT_MS = 15_000;

/**
 * One signed message. The id stays the same however often it is sent: the receiver takes a repeat for what it is.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function send(ctx: Ctx, id: string, body: unknown): Promise<void> {
  const text = JSON.stringify(body);
  // Dated by the machine's clock, since the receiver compares it with its own.
  const timestamp = String(Math.floor(machineTime().getTime() / 1000));
  const { secret, previousSecret } = ctx.settings;
  const secrets = previousSecret ? [secret, previousSecret] : [secret];
  await ctx.http({
    method: 'POST',
    url: ctx.settings.url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': secrets.map((one) => signatureOf(one, `${id}.${timestamp}.${text}`)).join(' '),
    },
    body: text,
    timeoutMs: TIMEOUT_MS,
    isRepeatable: true,
    classify,
  });
}

function signatureOf(secret: string, signed: string): string {
  return `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`;
}

/** What is wrong with the address or the secret is wrong with every message. */
function classify({ status }: HttpAnswer): Verdict | undefined {
  if (status === 410)
    return { outcome: 'reconnect', message: 'The receiver says that it wants no more messages.' };
  if (status === 404)
    return {
      outcome: 'reconnect',
      message: 'There is nothing at the address of the receiver (404). Correct it.',
    };
  if (status === 401 || status === 403)
    return {
      outcome: 'reconnect',
      message: `The receiver does not accept our signature (${status}). Give both sides the same signing secret.`,
    };
  return undefined;
}
