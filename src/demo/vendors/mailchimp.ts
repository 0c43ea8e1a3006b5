import { mailchimpSegments } from './mailchimp-segments.ts';
import type { Rows, Vendor, VendorAnswer, VendorRequest } from './wire.ts';
import { findFirst, isBasic, slice } from './wire.ts';

export type McMember = {
  id: string;
  email_address: string;
  unique_email_id: string;
  contact_id: string;
  full_name: string;
  status: string;
  merge_fields: Record<string, string | number>;
  tags: { id: number; name: string }[];
  timestamp_signup: string;
  timestamp_opt: string;
  last_changed: string;
  language: string;
  vip: boolean;
  location: { country_code: string; timezone: string };
  source: string;
  list_id: string;
};
export type McActivity = { action: string; type?: string; timestamp: string; url?: string; ip?: string };
export type McCampaign = {
  id: string;
  send_time: string;
  emails_sent: number;
  archive_url: string;
  settings: { title: string; subject_line: string };
  recipients: { list_id: string };
};
export type McReport = {
  sent: { email_id: string; email_address: string; status: string }[];
  activity: { email_id: string; email_address: string; activity: McActivity[] }[];
  unsubscribed: { email_id: string; email_address: string; timestamp: string; reason: string }[];
};
export type McList = { id: string; name: string; members: Rows<McMember> };

/** Members lie by `last_changed`. `tags`: list id -> the static segments of that audience. */
export type MailchimpAccount = {
  apiKey: string;
  lists: McList[];
  campaigns: McCampaign[];
  reports: Map<string, McReport>;
  tags: Map<string, McTag[]>;
};
export type McTag = { id: number; name: string; members: Set<string> };

/** The Marketing API as far as it is used: keys checked, pages by offset and count, filters inclusive by second. */
export function mailchimp(account: MailchimpAccount): Vendor {
  return (request) => {
    if (!isBasic(request, account.apiKey))
      return problem(401, 'API Key Invalid', 'Your API key may be invalid.');
    const [area, id, edge, ...rest] = request.path.replace(/^\/3\.0\//, '').split('/');
    if (area === 'ping') return { status: 200, json: { health_status: "Everything's Chimpy!" } };
    if (area === 'lists' && !id) return page('lists', account.lists.map(summary), request.query);
    if (area === 'lists' && edge === 'members') return members(account, id ?? '', request.query);
    if (area === 'lists' && edge === 'segments')
      return mailchimpSegments(account, id ?? '', rest[0], request);
    if (area === 'campaigns') return page('campaigns', campaignsOf(account, request), request.query);
    if (area === 'reports') return report(account, id ?? '', edge ?? '', request.query);
    return problem(404, 'Resource Not Found', 'The requested resource could not be found.');
  };
}

function summary({ id, name, members }: McList) {
  return { id, name, stats: { member_count: members.size, unsubscribe_count: 0, cleaned_count: 0 } };
}

function members({ lists }: MailchimpAccount, id: string, query: URLSearchParams): VendorAnswer {
  const list = lists.find((found) => found.id === id);
  if (!list) return problem(404, 'Resource Not Found', 'The requested resource could not be found.');
  const status = query.get('status');
  if (status) return { status: 200, json: { members: [], list_id: id, total_items: countOf(list, status) } };
  const since = Date.parse(query.get('since_last_changed') ?? '') || 0;
  const first = findFirst(list.members, (member) => Date.parse(member.last_changed) >= since);
  const { offset, count } = place(query);
  const shown = slice(list.members, first + offset, count);
  return { status: 200, json: { members: shown, list_id: id, total_items: list.members.size - first } };
}

/** Who has a status is only ever counted. */
function countOf({ members }: McList, status: string): number {
  let count = 0;
  for (let index = 0; index < members.size; index++) if (members.at(index).status === status) count++;
  return count;
}

function campaignsOf({ campaigns }: MailchimpAccount, { query }: VendorRequest): McCampaign[] {
  return campaigns.filter(
    (campaign) => !query.get('list_id') || campaign.recipients.list_id === query.get('list_id'),
  );
}

function report(account: MailchimpAccount, id: string, edge: string, query: URLSearchParams): VendorAnswer {
  const found = account.reports.get(id);
  if (!found) return problem(404, 'Resource Not Found', 'The requested resource could not be found.');
  const list_id = account.campaigns.find((campaign) => campaign.id === id)?.recipients.list_id;
  const about = <Row extends object>(row: Row) => ({
    ...row,
    campaign_id: id,
    list_id,
    list_is_active: true,
  });
  if (edge === 'sent-to') return page('sent_to', found.sent.map(about), query);
  if (edge === 'unsubscribed') return page('unsubscribes', found.unsubscribed.map(about), query);
  const since = Date.parse(query.get('since') ?? '') || 0;
  const isLater = (act: McActivity) => Date.parse(act.timestamp) >= since;
  return page(
    'emails',
    found.activity.map((row) => about({ ...row, activity: row.activity.filter(isLater) })),
    query,
  );
}

export function page(name: string, rows: object[], query: URLSearchParams): VendorAnswer {
  const { offset, count } = place(query);
  return {
    status: 200,
    json: { [name]: rows.slice(offset, offset + count), total_items: rows.length },
  };
}

function place(query: URLSearchParams): { offset: number; count: number } {
  return {
    offset: Number(query.get('offset') ?? 0),
    count: Math.min(1000, Number(query.get('count') ?? 10)),
  };
}

export function problem(status: number, title: string, detail: string): VendorAnswer {
  const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
  const type = 'https://mailchimp.com/developer/marketing/docs/errors/';
  return {
    status,
    headers,
    json: { type, title, status, detail, instance: '00000000-0000-0000-0000-000000000000' },
  };
}
