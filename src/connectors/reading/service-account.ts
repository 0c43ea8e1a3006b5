import { createPrivateKey, createSign } from 'node:crypto';
import { z } from 'zod';
import { machineTime } from '../../base/clock.ts';
import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from './answers.ts';

const LIFE_SECONDS = 3600;
/** A token is given back this long before it ends, so that none ends under a request. */
const MARGIN_MS = 5 * 60_000;

const account = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key_id: z.string().min(1),
  private_key: z.string().includes('PRIVATE KEY'),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});
type ServiceAccount = z.infer<typeof account>;

/** The field every Google connector asks for. It is kept as the text that was pasted. */
export function serviceAccountKey(help: string) {
  return z
    .string()
    .trim()
    .refine((text) => readAccount(text) !== null, {
      message:
        'Paste the whole JSON file of the key: it begins with { and names a client_email and a private_key.',
    })
    .meta({ title: 'Service account key (JSON)', help, secret: true, multiline: true });
}

/** An access token for one scope; one for another scope is kept under another name. https://developers.google.com/identity/protocols/oauth2/service-account */
export async function serviceAccountToken<Settings extends { serviceAccountKey: string }>(
  ctx: Context<Settings>,
  scope: string,
  name = 'google',
): Promise<string> {
  return await ctx.token(name, async () => {
    const found = readAccount(ctx.settings.serviceAccountKey);
    if (!found) throw rejected('The service account key cannot be read. Paste it again.');
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: signAssertion(found, scope),
    });
    const answer = await ctx.http({
      method: 'POST',
      url: found.token_uri,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
      isRepeatable: true,
      classify: classifyToken,
    });
    const { access_token, expires_in } = readAnswer(answer, grant, 'Google');
    const lifeMs = Math.max(0, expires_in * 1000 - MARGIN_MS);
    return { value: access_token, expiresAt: new Date(ctx.clock().getTime() + lifeMs) };
  });
}

/** The address to be given the right to read, for the sentence of a connection test. */
export function accountAddress(key: string): string {
  return readAccount(key)?.client_email ?? 'the service account';
}

const grant = z.object({ access_token: z.string().min(1), expires_in: z.number() });

/** Dated by the machine's clock, since Google compares it with its own. */
export function signAssertion(
  { client_email, private_key, private_key_id, token_uri }: ServiceAccount,
  scope: string,
  at: Date = machineTime(),
): string {
  const iat = Math.floor(at.getTime() / 1000);
  const head = encode({ alg: 'RS256', typ: 'JWT', kid: private_key_id });
  const claims = encode({ iss: client_email, scope, aud: token_uri, iat, exp: iat + LIFE_SECONDS });
  const signature = createSign('RSA-SHA256').update(`${head}.${claims}`).sign(openKey(private_key));
  return `${head}.${claims}.${signature.toString('base64url')}`;
}

function readAccount(text: string): ServiceAccount | null {
  try {
    return account.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The library's own words about a bad key may quote it, so they are not passed on. */
function openKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw rejected('The private key in the service account key is damaged. Download a new key and paste it.');
  }
}

function encode(part: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function classifyToken({ status }: HttpAnswer): Verdict | undefined {
  if (status !== 400 && status !== 401 && status !== 403) return undefined;
  const message =
    'Google does not accept this service account key: it was deleted, its account is switched off, or the clock of this machine is wrong. Make a new key and paste it.';
  return { outcome: 'reconnect', message };
}

function rejected(message: string): ConnectorError {
  return new ConnectorError(message, { retryable: false, needsReconnect: true });
}
