import { createHmac } from 'node:crypto';
import type { Vendor, VendorAnswer, VendorRequest } from './wire.ts';

export type MetaInsight = {
  campaign_id: string;
  campaign_name: string;
  spend: string;
  impressions: string;
  clicks: string;
  date_start: string;
  date_stop: string;
};
export type MetaLead = {
  id: string;
  created_time: string;
  ad_id: string;
  campaign_id: string;
  campaign_name: string;
  form_id: string;
  field_data: { name: string; values: string[] }[];
  is_organic: boolean;
  platform: string;
};
export type MetaForm = { id: string; name: string; leads: MetaLead[] };

export type MetaAccount = {
  accessToken: string;
  pageToken: string;
  appSecret: string;
  adAccountId: string;
  pageId: string;
  name: string;
  currency: string;
  zone: string;
  insights: MetaInsight[];
  forms: MetaForm[];
};

/** The Graph API as far as it is read: tokens and proofs checked, pages by cursor, every fault a 400. */
export function meta(account: MetaAccount): Vendor {
  return (request) => {
    const [, , node = '', edge] = request.path.split('/');
    const isPageEdge =
      edge === 'leads' ||
      edge === 'leadgen_forms' ||
      account.forms.some((form) => form.leads.some((lead) => lead.id === node));
    const refusal = refuse(request, account, isPageEdge ? account.pageToken : account.accessToken);
    if (refusal) return refusal;
    if (node === `act_${account.adAccountId}`)
      return edge === 'insights'
        ? insights(account, request.query)
        : { status: 200, json: describe(account) };
    if (node === account.pageId && edge === 'leadgen_forms')
      return page(
        account.forms.map(({ id, name }) => ({ id, name })),
        request.query,
      );
    if (node === account.pageId) return { status: 200, json: { id: node, access_token: account.pageToken } };
    const form = account.forms.find((found) => found.id === node);
    if (form && edge === 'leads') return leads(form, request.query);
    const lead = account.forms.flatMap((found) => found.leads).find((found) => found.id === node);
    return lead ? { status: 200, json: lead } : fault(100, 'Unsupported get request.');
  };
}

function refuse(
  { headers, query }: VendorRequest,
  { appSecret }: MetaAccount,
  token: string,
): VendorAnswer | null {
  const given = (headers.authorization ?? '').replace(/^Bearer /, '') || query.get('access_token');
  if (given !== token) return fault(190, 'Invalid OAuth access token.', 467);
  const proof = createHmac('sha256', appSecret).update(token).digest('hex');
  return query.get('appsecret_proof') === proof
    ? null
    : fault(100, 'Invalid appsecret_proof provided in the API argument');
}

function describe({ adAccountId, name, currency, zone }: MetaAccount) {
  return { id: `act_${adAccountId}`, name, currency, timezone_name: zone };
}

function insights(account: MetaAccount, query: URLSearchParams): VendorAnswer {
  const { since, until } = { since: '', until: '9999', ...JSON.parse(query.get('time_range') ?? '{}') };
  const rows = account.insights.filter((row) => row.date_start >= since && row.date_start <= until);
  return page(query.get('level') === 'account' ? sumByDay(rows) : rows, query);
}

function sumByDay(rows: MetaInsight[]) {
  return [...Map.groupBy(rows, ({ date_start }) => date_start)].map(([day, own]) => {
    const cents = own.reduce((sum, { spend }) => sum + Math.round(Number(spend) * 100), 0);
    return { spend: (cents / 100).toFixed(2), date_start: day, date_stop: day };
  });
}

function leads({ leads }: MetaForm, query: URLSearchParams): VendorAnswer {
  const [filter] = [...JSON.parse(query.get('filtering') ?? '[]')];
  const since = Number(filter?.value ?? 0) * 1000;
  const found = leads.filter((lead) => Date.parse(lead.created_time.replace(/\+0000$/, 'Z')) > since);
  return page(found.toReversed(), query);
}

function page(rows: object[], query: URLSearchParams): VendorAnswer {
  const limit = Number(query.get('limit') ?? 25);
  const start = Number(Buffer.from(query.get('after') ?? '', 'base64url').toString() || 0);
  const data = rows.slice(start, start + limit);
  const end = start + data.length;
  const cursors = { before: cursorAt(start), after: cursorAt(end) };
  const next = end < rows.length ? { next: 'https://graph.facebook.com/next' } : {};
  return { status: 200, json: data.length > 0 ? { data, paging: { cursors, ...next } } : { data } };
}

function cursorAt(index: number): string {
  return Buffer.from(String(index)).toString('base64url');
}

export function fault(code: number, message: string, subcode?: number): VendorAnswer {
  const error = {
    message,
    type: 'OAuthException',
    code,
    ...(subcode ? { error_subcode: subcode } : {}),
    fbtrace_id: 'A',
  };
  return { status: 400, json: { error } };
}
