import type { Vendor } from '../../src/demo/vendors/wire.ts';
import { type GoogleServer, googleFault, startGoogle } from './google.ts';
import { loadSpec } from './spec.ts';

export type AdsRow = {
  campaign: string;
  name: string;
  day: string;
  costMicros: string;
  clicks: number;
  impressions: number;
};
export type AdsAccount = {
  id: string;
  managerId: string | null;
  name: string;
  currency: string;
  zone: string;
  rows: AdsRow[];
};
export type AdsServer = GoogleServer & {
  account: AdsAccount;
  settings: { serviceAccountKey: string; customerId: string; managerId?: string; url: string };
};

/** An ad account with two campaigns on each of `days` days up to 20 November 2026. */
export async function startAdsServer(
  options: { days?: number; managerId?: string } = {},
): Promise<AdsServer> {
  const { days = 40, managerId } = options;
  const account: AdsAccount = {
    id: '1234567890',
    managerId: managerId ?? null,
    name: 'Ada’s Tea',
    currency: 'EUR',
    zone: 'Europe/Berlin',
    rows: Array.from({ length: days * 2 }, (_, index) => makeRow(index, days)),
  };
  const spec = await loadSpec('google-ads.json');
  const server = await startGoogle(googleAds(account), {
    scope: 'https://www.googleapis.com/auth/adwords',
    spec,
  });
  const { serviceAccountKey, url } = server;
  const settings = {
    serviceAccountKey,
    customerId: '123-456-7890',
    ...(managerId ? { managerId } : {}),
    url,
  };
  return { ...server, account, settings };
}

/** Answers the three reports we ask for, in one piece a hundred rows; figures of nought are left out. */
function googleAds(account: AdsAccount): Vendor {
  return ({ path, headers, body }) => {
    if (
      path !== `/v24/customers/${account.id}/googleAds:searchStream` ||
      (headers['login-customer-id'] ?? null) !== account.managerId
    )
      return { ...googleFault(403, 'PERMISSION_DENIED', 'The caller does not have permission'), ...denied };
    const { query }: { query: string } = JSON.parse(body);
    const rows = query.includes('FROM campaign') ? byCampaign(account, query) : ofCustomer(account, query);
    const pieces = Math.ceil(rows.length / 100);
    return {
      status: 200,
      json: Array.from({ length: pieces }, (_, at) => ({
        results: rows.slice(at * 100, (at + 1) * 100),
        requestId: `r${at}`,
      })),
    };
  };
}

const denied = {
  json: [
    {
      error: {
        code: 403,
        message: 'The caller does not have permission',
        status: 'PERMISSION_DENIED',
        details: [{ errors: [{ errorCode: { authorizationError: 'USER_PERMISSION_DENIED' } }] }],
      },
    },
  ],
};

function byCampaign(account: AdsAccount, query: string): object[] {
  return between(account.rows, query).map(({ campaign, name, day, costMicros, clicks, impressions }) => ({
    campaign: { resourceName: `customers/1/campaigns/${campaign}`, id: campaign, name },
    segments: { date: day },
    metrics: {
      ...(costMicros === '0' ? {} : { costMicros }),
      ...(clicks === 0 ? {} : { clicks: String(clicks) }),
      impressions: String(impressions),
    },
  }));
}

function ofCustomer(account: AdsAccount, query: string): object[] {
  const { name, currency, zone } = account;
  if (!query.includes('segments.date'))
    return [
      {
        customer: {
          resourceName: 'customers/1',
          descriptiveName: name,
          currencyCode: currency,
          timeZone: zone,
        },
      },
    ];
  return [...Map.groupBy(between(account.rows, query), ({ day }) => day)].map(([day, rows]) => ({
    segments: { date: day },
    metrics: { costMicros: String(rows.reduce((sum, row) => sum + BigInt(row.costMicros), 0n)) },
  }));
}

function between(rows: AdsRow[], query: string): AdsRow[] {
  const [, since = '', until = ''] = /BETWEEN '([\d-]+)' AND '([\d-]+)'/.exec(query) ?? [];
  return rows.filter(({ day }) => day >= since && day <= until);
}

function makeRow(index: number, days: number): AdsRow {
  const day = new Date(Date.parse('2026-11-20') - (days - 1 - Math.floor(index / 2)) * 86_400_000);
  const isFirst = index % 2 === 0;
  return {
    campaign: isFirst ? '11' : '23850000000000001',
    name: isFirst ? 'Autumn' : 'Always on',
    day: day.toISOString().slice(0, 10),
    costMicros: isFirst ? '3690000' : '10000001',
    clicks: isFirst ? 0 : 20,
    impressions: 1000 + index,
  };
}
