import { type MetaAccount, type MetaInsight, type MetaLead, meta } from '../../src/demo/vendors/meta.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type MetaServer = ContractServer & {
  account: MetaAccount;
  settings: {
    accessToken: string;
    appSecret: string;
    adAccountId: string;
    pageId: string;
    verifyToken: string;
    url: string;
  };
};

/** An ad account with two campaigns on each of `days` days up to `today`, and a page with one lead form. */
export async function startMetaServer(
  options: { days?: number; leads?: number; today?: string } = {},
): Promise<MetaServer> {
  const { days = 40, leads = 3, today = '2026-11-20' } = options;
  const account: MetaAccount = {
    accessToken: 'EXAMPLE_TOKEN',
    pageToken: 'PAGE_TOKEN',
    appSecret: 'app-secret',
    adAccountId: '1234567890',
    pageId: '153125381133',
    name: 'Ada’s Tea',
    currency: 'EUR',
    zone: 'Europe/Berlin',
    insights: Array.from({ length: days * 2 }, (_, index) => makeInsight(index, days, today)),
    forms: [
      { id: '55', name: 'Taste box', leads: Array.from({ length: leads }, (_, index) => makeLead(index)) },
    ],
  };
  const server = await startContractServer(meta(account), await loadSpec('meta.json'));
  const { accessToken, appSecret, adAccountId, pageId } = account;
  return {
    ...server,
    account,
    settings: { accessToken, appSecret, adAccountId, pageId, verifyToken: 'our-word', url: server.url },
  };
}

function makeInsight(index: number, days: number, today: string): MetaInsight {
  const day = new Date(Date.parse(today) - (days - 1 - Math.floor(index / 2)) * 86_400_000)
    .toISOString()
    .slice(0, 10);
  const campaign = index % 2 === 0 ? 'Autumn' : 'Always on';
  return {
    campaign_id: index % 2 === 0 ? '1201' : '23850000000000000',
    campaign_name: campaign,
    spend: `${10 + (index % 7)}.34`,
    impressions: String(1000 + index),
    clicks: String(20 + index),
    date_start: day,
    date_stop: day,
  };
}

export function makeLead(index: number): MetaLead {
  return {
    id: `777${index}`,
    created_time: new Date(Date.parse('2026-11-01T10:00:00Z') + index * 3_600_000)
      .toISOString()
      .replace(/\.\d+Z$/, '+0000'),
    ad_id: '23850',
    campaign_id: '1201',
    campaign_name: 'Autumn',
    form_id: '55',
    field_data: [
      { name: 'email', values: [`lead${index}@example.com`] },
      { name: 'full_name', values: [`Lead ${index}`] },
      { name: 'phone_number', values: [`+4930123456${index}`] },
      { name: 'which_tea?', values: ['green', 'black'] },
    ],
    is_organic: false,
    platform: 'fb',
  };
}
