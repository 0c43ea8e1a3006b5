import { createHash } from 'node:crypto';
import {
  type MailchimpAccount,
  type McCampaign,
  type McMember,
  type McReport,
  mailchimp,
} from '../../src/demo/vendors/mailchimp.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type MailchimpServer = ContractServer & {
  account: MailchimpAccount;
  /** Ready for `createSource`. */
  settings: { apiKey: string; url: string; audience: string };
  /** Changes one contact, which becomes the last changed. */
  change: (index: number, patch: Partial<McMember>) => void;
};

export const AUDIENCE = 'a36b032126';
const START_MS = Date.parse('2026-01-01T00:00:00Z');

/**
 * A Mailchimp with as many contacts as wanted, each made when it is asked for: `person<index>@example.com`, three of
 * them changed in each second from 1 January 2026 on, every tenth unsubscribed, every hundredth cleaned.
 * `validate: false` spares the time of checking each answer against the vendor's description.
 */
export async function startMailchimpServer(
  options: { members?: number; campaigns?: number; validate?: boolean; sameSecond?: boolean } = {},
): Promise<MailchimpServer> {
  const { members = 30, campaigns = 2 } = options;
  const contacts = makeContacts(members, options.sameSecond ?? false);
  const sent = Array.from({ length: campaigns }, (_, index) => makeCampaign(index, Math.min(members, 20)));
  const account: MailchimpAccount = {
    apiKey: 'mailchimp-key-us21',
    lists: [{ id: AUDIENCE, name: 'Tea letter', members: contacts.rows }],
    campaigns: sent,
    reports: new Map(sent.map((campaign) => [campaign.id, makeReport(campaign)])),
    tags: new Map(),
  };
  const spec = options.validate === false ? undefined : await loadSpec('mailchimp.json', { apiRoot: '/3.0' });
  const server = await startContractServer(mailchimp(account), spec);
  const settings = { apiKey: account.apiKey, url: server.url, audience: AUDIENCE };
  return { ...server, account, settings, change: contacts.change };
}

/** Contacts by `last_changed`; a changed one moves to the end, as in the vendor's own order. */
function makeContacts(size: number, isSameSecond: boolean) {
  const order = Array.from({ length: size }, (_, index) => index);
  const changed = new Map<number, McMember>();
  const at = (place: number) => changed.get(order[place]!) ?? makeMember(order[place]!, isSameSecond);
  const change = (index: number, patch: Partial<McMember>) => {
    const member = { ...(changed.get(index) ?? makeMember(index, isSameSecond)), ...patch };
    order.splice(order.indexOf(index), 1);
    order.push(index);
    changed.set(index, member);
  };
  return { rows: { size, at }, change };
}

function makeMember(index: number, isSameSecond: boolean): McMember {
  const email = `person${index}@example.com`;
  const at = iso(START_MS + (isSameSecond ? 0 : Math.floor(index / 3) * 1000));
  return {
    id: md5(email),
    email_address: email,
    unique_email_id: md5(`unique ${index}`).slice(0, 10),
    contact_id: md5(`contact ${index}`),
    full_name: `Person ${index}`,
    status: statusOf(index),
    merge_fields: {
      FNAME: 'Person',
      LNAME: String(index),
      PHONE: '',
      PLAN: index % 2 === 0 ? 'free' : 'paid',
    },
    tags: [],
    timestamp_signup: '',
    timestamp_opt: at,
    last_changed: at,
    language: 'en',
    vip: false,
    location: { country_code: 'DE', timezone: 'Europe/Berlin' },
    source: 'Import',
    list_id: AUDIENCE,
  };
}

function statusOf(index: number): string {
  if (index % 100 === 99) return 'cleaned';
  return index % 10 === 9 ? 'unsubscribed' : 'subscribed';
}

function makeCampaign(index: number, emails_sent: number): McCampaign {
  return {
    id: `campaign${index}`,
    send_time: iso(START_MS + (index + 1) * 86_400_000),
    emails_sent,
    archive_url: `https://mailchi.mp/example/${index}`,
    settings: { title: `Letter ${index}`, subject_line: `News of week ${index}` },
    recipients: { list_id: AUDIENCE },
  };
}

/** Every second person opens twice, every fourth clicks; the last one bounces, the one before leaves. */
function makeReport({ send_time, emails_sent }: McCampaign): McReport {
  const people = Array.from({ length: emails_sent }, (_, index) => {
    const email_address = `person${index}@example.com`;
    return { email_id: md5(email_address), email_address, index };
  });
  const after = (minutes: number) => iso(Date.parse(send_time) + minutes * 60_000);
  return {
    sent: people.map(({ email_id, email_address }) => ({ email_id, email_address, status: 'sent' })),
    activity: people.map(({ email_id, email_address, index }) => ({
      email_id,
      email_address,
      activity: activityOf(index, emails_sent, after),
    })),
    unsubscribed: people.slice(-2, -1).map(({ email_id, email_address }) => ({
      email_id,
      email_address,
      timestamp: after(60),
      reason: 'None given',
    })),
  };
}

function activityOf(index: number, people: number, after: (minutes: number) => string) {
  if (index === people - 1) return [{ action: 'bounce', type: 'hard', timestamp: after(1) }];
  const opens =
    index % 2 === 0
      ? [
          { action: 'open', timestamp: after(10 + index) },
          { action: 'open', timestamp: after(100 + index) },
        ]
      : [];
  const clicks =
    index % 4 === 0
      ? [{ action: 'click', timestamp: after(11 + index), url: 'https://shop.example.com/' }]
      : [];
  return [...opens, ...clicks];
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
