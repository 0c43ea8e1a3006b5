import type { Vendor, VendorAnswer } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type PmMessage = {
  MessageID: string;
  Tag: string;
  MessageStream: string;
  ReceivedAt: string;
  Subject: string;
  Recipients: string[];
  Status: string;
};
export type PmSign = {
  MessageID: string;
  Recipient: string;
  ReceivedAt: string;
  Tag: string;
  OriginalLink?: string;
};
export type PmBounce = { ID: number; Type: string; Email: string; BouncedAt: string; MessageID: string };
export type PostmarkAccount = {
  serverToken: string;
  messages: PmMessage[];
  bounces: PmBounce[];
  opens: PmSign[];
  clicks: PmSign[];
};
export type PostmarkServer = ContractServer & {
  account: PostmarkAccount;
  settings: { serverToken: string; url: string; webhookPassword: string };
};

const START_MS = Date.parse('2026-11-10T00:30:00Z');
/** Of its days; the facts name no zone, so the tests take one that is far from UTC. */
const ZONE_MS = -5 * 3_600_000;

/** A server that sent a mail an hour, to `person<index>@example.com`; each second is opened, each fourth clicked. */
export async function startPostmarkServer(options: { messages?: number } = {}): Promise<PostmarkServer> {
  const messages = Array.from({ length: options.messages ?? 8 }, (_, index) => makePmMessage(index));
  const account: PostmarkAccount = {
    serverToken: 'server-token',
    messages,
    bounces: [makePmBounce(0, 'HardBounce'), makePmBounce(1, 'SoftBounce'), makePmBounce(2, 'SpamComplaint')],
    opens: messages.filter((_, index) => index % 2 === 0).map((mail) => makePmSign(mail, 10)),
    clicks: messages
      .filter((_, index) => index % 4 === 0)
      .map((mail) => ({ ...makePmSign(mail, 11), OriginalLink: 'https://example.com/tea' })),
  };
  const server = await startContractServer(postmark(account), await loadSpec('postmark.json'));
  const { serverToken } = account;
  return { ...server, account, settings: { serverToken, url: server.url, webhookPassword: 'hook-password' } };
}

/** The API as far as it is used: newest first, by days of its own zone, ten thousand rows at most. */
function postmark(account: PostmarkAccount): Vendor {
  return ({ path, query, headers }) => {
    if (headers['x-postmark-server-token'] !== account.serverToken)
      return { status: 401, json: { ErrorCode: 10, Message: 'Bad or missing Server API token.' } };
    if (path === '/server') return { status: 200, json: { ID: 23, Name: 'Ada’s Tea', Color: 'green' } };
    if (path === '/messages/outbound') return list('Messages', account.messages, 'ReceivedAt', query);
    if (path === '/bounces') return list('Bounces', account.bounces, 'BouncedAt', query);
    if (path === '/messages/outbound/opens') return list('Opens', account.opens, 'ReceivedAt', query);
    return list('Clicks', account.clicks, 'ReceivedAt', query);
  };
}

function list<Row extends object>(
  name: string,
  all: Row[],
  field: keyof Row,
  query: URLSearchParams,
): VendorAnswer {
  const count = Number(query.get('count'));
  const offset = Number(query.get('offset'));
  if (count + offset > 10_000)
    return { status: 422, json: { ErrorCode: 700, Message: 'Count and offset are more than 10000.' } };
  const timeOf = (row: Row) => Date.parse(String(row[field]));
  const day = (row: Row) => new Date(timeOf(row) + ZONE_MS).toISOString().slice(0, 10);
  const [from, to] = [query.get('fromdate') ?? '', query.get('todate') ?? '9999'];
  const found = all
    .filter((row) => from === '' || (day(row) >= from && day(row) <= to))
    .sort((a, b) => timeOf(b) - timeOf(a));
  return { status: 200, json: { TotalCount: found.length, [name]: found.slice(offset, offset + count) } };
}

export function makePmMessage(index: number, hours = index): PmMessage {
  return {
    MessageID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    Tag: 'welcome',
    MessageStream: 'outbound',
    ReceivedAt: pmTime(hours),
    Subject: 'Welcome',
    Recipients: [`person${index}@example.com`],
    Status: 'Sent',
  };
}

export function makePmSign({ MessageID, Recipients, ReceivedAt, Tag }: PmMessage, minutes: number): PmSign {
  const at = new Date(Date.parse(ReceivedAt) + minutes * 60_000).toISOString();
  return { MessageID, Recipient: Recipients[0] ?? '', ReceivedAt: at, Tag };
}

export function makePmBounce(index: number, Type: string): PmBounce {
  const { MessageID } = makePmMessage(index);
  return {
    ID: 692560173 + index,
    Type,
    Email: `person${index}@example.com`,
    BouncedAt: pmTime(index),
    MessageID,
  };
}

/** Hours after 10 November 2026, 00:30 UTC, the way Postmark writes times: with an offset and more digits. */
export function pmTime(hours: number): string {
  const at = new Date(START_MS + hours * 3_600_000 - 5 * 3_600_000);
  return at.toISOString().replace('.000Z', '.0000000-05:00');
}
