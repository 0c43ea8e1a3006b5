import { createSign, generateKeyPairSync } from 'node:crypto';
import type { VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { type SendgridAccount, type SgContact, sendgrid } from './sendgrid-api.ts';
import { loadSpec } from './spec.ts';

export type SendgridServer = ContractServer & {
  account: SendgridAccount;
  settings: { apiKey: string; url: string; verification: string };
};

/** Contacts `person<index>@example.com`; three left, two bounced, one complained. */
export async function startSendgridServer(
  options: { contacts?: number; exportAsks?: number; fileSize?: number } = {},
): Promise<SendgridServer> {
  const { contacts: size = 5, exportAsks = 0, fileSize = 1000 } = options;
  const account: SendgridAccount = {
    apiKey: 'SG.contract.key',
    contacts: Array.from({ length: size }, (_, index) => makeSgContact(index)),
    exports: [],
    exportAsks,
    fileSize,
    suppressed: {
      unsubscribes: [0, 1, 2].map((index) => ({ email: `left${index}@example.com`, created: sgTime(index) })),
      bounces: [0, 1].map((index) => ({
        email: `dead${index}@example.com`,
        created: sgTime(index),
        reason: '550 5.1.1 No such user',
        status: '5.1.1',
      })),
      spam_reports: [{ email: 'angry@example.com', created: sgTime(0), ip: '203.0.113.4' }],
    },
  };
  const spec = await loadSpec('sendgrid.json', { apiRoot: '/v3' });
  const server = await startContractServer(sendgrid(account), {
    ...spec,
    // The files lie with another provider, which no description speaks of.
    faultsOfRequest: (request: VendorRequest) =>
      request.path.startsWith('/files/') ? [] : spec.faultsOfRequest(request),
  });
  const { apiKey } = account;
  return { ...server, account, settings: { apiKey, url: server.url, verification: HOOK_KEYS.verification } };
}

export function makeSgContact(index: number): SgContact {
  return {
    contact_id: `fed1e586-b11c-42c9-9ecf-${String(index).padStart(12, '0')}`,
    email: `person${index}@example.com`,
    first_name: 'Person',
    last_name: String(index),
    alternate_emails: [],
    city: '',
    country: 'Germany',
    list_ids: ['b', 'a'],
    segment_ids: [],
    custom_fields: { plan: index % 2 === 0 ? 'free' : 'paid' },
    created_at: '2026-10-01T08:00:00Z',
    updated_at: '2026-10-02T08:00:00Z',
  };
}

/** Hours after 1 November 2026, in Unix seconds. */
export function sgTime(hours: number): number {
  return Date.parse('2026-11-01T00:00:00Z') / 1000 + hours * 3600;
}

/** A key pair as SendGrid makes one: the business copies the public half. */
export function makeHookKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, verification: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
}

export const HOOK_KEYS = makeHookKeys();

/** A delivery as SendGrid makes it: signed over the time and the body with its line end. */
export function signSgDelivery(
  events: object[],
  at: Date,
  { privateKey }: Pick<ReturnType<typeof makeHookKeys>, 'privateKey'> = HOOK_KEYS,
): { body: string; headers: Record<string, string> } {
  const body = `${JSON.stringify(events)}\r\n`;
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createSign('sha256').update(timestamp).update(body).sign(privateKey, 'base64');
  const name = 'x-twilio-email-event-webhook';
  return { body, headers: { [`${name}-signature`]: signature, [`${name}-timestamp`]: timestamp } };
}
