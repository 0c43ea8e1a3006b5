import type { Vendor, VendorAnswer } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type BvContact = {
  id: number;
  email: string;
  emailBlacklisted: boolean;
  smsBlacklisted: boolean;
  createdAt: string;
  modifiedAt: string;
  listIds: number[];
  listUnsubscribed: number[] | null;
  attributes: Record<string, unknown>;
};
export type BvEvent = {
  date: string;
  email: string;
  event: string;
  messageId: string;
  subject?: string;
  link?: string;
};
export type BrevoAccount = {
  apiKey: string;
  contacts: BvContact[];
  events: BvEvent[];
  campaigns: { id: number; name: string; subject: string; sentDate: string }[];
};
export type BrevoServer = ContractServer & {
  account: BrevoAccount;
  settings: { apiKey: string; url: string; hookToken: string };
};

const START_MS = Date.parse('2026-10-01T08:00:00Z');

/** Contacts `person<index>@example.com`, one a minute, every fifth blocked; two transactional mails; a campaign. */
export async function startBrevoServer(options: { contacts?: number } = {}): Promise<BrevoServer> {
  const account: BrevoAccount = {
    apiKey: 'xkeysib-contract',
    contacts: Array.from({ length: options.contacts ?? 6 }, (_, index) => makeBvContact(index)),
    events: [makeBvEvent('requests', 0), makeBvEvent('delivered', 1), makeBvEvent('hardBounces', 2)],
    campaigns: [
      { id: 1, name: 'October', subject: 'News of October', sentDate: '2026-10-05T09:00:00.000+02:00' },
    ],
  };
  const server = await startContractServer(brevo(account), await loadSpec('brevo.json', { apiRoot: '/v3' }));
  const { apiKey } = account;
  return { ...server, account, settings: { apiKey, url: server.url, hookToken: 'hook-token' } };
}

/** The API as far as it is used: contacts by creation, filtered by change, paged by place. */
function brevo(account: BrevoAccount): Vendor {
  return ({ path, query, headers }) => {
    if (headers['api-key'] !== account.apiKey)
      return { status: 401, json: { code: 'unauthorized', message: 'Key not found' } };
    const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 50)];
    const slice = <Row>(rows: Row[]) => rows.slice(offset, offset + limit);
    if (path === '/v3/contacts') return contacts(account, query, slice);
    if (path === '/v3/contacts/lists') return { status: 200, json: { count: 2, lists: [] } };
    if (path === '/v3/emailCampaigns')
      return { status: 200, json: { campaigns: slice(account.campaigns).map(campaign) } };
    const found = account.events.filter(
      ({ date }) =>
        date.slice(0, 10) >= query.get('startDate')! && date.slice(0, 10) <= query.get('endDate')!,
    );
    return { status: 200, json: found.length > 0 ? { events: slice(found) } : {} };
  };
}

const FIGURES = {
  appleMppOpens: 0,
  clickers: 0,
  complaints: 0,
  delivered: 0,
  hardBounces: 0,
  opensRate: 0,
  sent: 0,
  softBounces: 0,
  trackableViews: 0,
  uniqueClicks: 0,
  uniqueViews: 0,
  unsubscriptions: 0,
  viewed: 0,
};

/** What is asked of every campaign and nobody here reads. */
function campaign(given: BrevoAccount['campaigns'][number]) {
  return {
    type: 'classic',
    status: 'sent',
    testSent: false,
    header: '',
    footer: '',
    sender: { name: 'Ada', email: 'ada@example.com' },
    replyTo: 'ada@example.com',
    toField: '',
    htmlContent: '<p>News</p>',
    tag: '',
    inlineImageActivation: false,
    mirrorActive: false,
    createdAt: given.sentDate,
    modifiedAt: given.sentDate,
    shareLink: 'https://example.com/news',
    recipients: { lists: [3], exclusionLists: [] },
    statistics: {
      globalStats: FIGURES,
      campaignStats: [],
      mirrorClick: 0,
      remaining: 0,
      linksStats: {},
      statsByDomain: {},
    },
    ...given,
  };
}

function contacts(
  account: BrevoAccount,
  query: URLSearchParams,
  slice: (rows: BvContact[]) => BvContact[],
): VendorAnswer {
  if (Number(query.get('limit')) > 1000)
    return { status: 400, json: { code: 'out_of_range', message: 'Limit exceeds max value' } };
  const after = (name: string, time: string) => Date.parse(time) >= (Date.parse(query.get(name) ?? '') || 0);
  const found = account.contacts
    .filter((one) => after('modifiedSince', one.modifiedAt) && after('createdSince', one.createdAt))
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  return { status: 200, json: { contacts: slice(found), count: found.length } };
}

export function makeBvContact(index: number): BvContact {
  return {
    id: index + 1,
    email: `person${index}@example.com`,
    emailBlacklisted: index % 5 === 4,
    smsBlacklisted: false,
    createdAt: bvTime(index),
    modifiedAt: bvTime(index),
    listIds: [3, 2],
    listUnsubscribed: null,
    attributes: { FIRSTNAME: 'Person', LASTNAME: String(index), PLAN: index % 2 === 0 ? 'free' : 'paid' },
  };
}

export function makeBvEvent(event: string, hours: number): BvEvent {
  const date = new Date(Date.parse('2026-11-18T10:00:00Z') + hours * 3_600_000).toISOString();
  return {
    date,
    email: `person${hours}@example.com`,
    event,
    messageId: `<${hours}@mail>`,
    subject: 'Receipt',
  };
}

/** Minutes after 1 October 2026, 08:00 UTC, the way Brevo writes times: in the account's zone. */
export function bvTime(minutes: number): string {
  return new Date(START_MS + (minutes + 120) * 60_000).toISOString().replace('Z', '+02:00');
}
