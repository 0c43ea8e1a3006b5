import { type Context, defineConnector } from '../contract.ts';
import { guide } from './guide.ts';
import { hooks } from './hooks.ts';
import { insightsStream, readAccount, spendTotals } from './insights.ts';
import { complete, leadsStream } from './leads.ts';
import { map } from './map.ts';
import { audience, push } from './push.ts';
import { type MetaAdsSettings, settings } from './settings.ts';

export default defineConnector<MetaAdsSettings>({
  key: 'meta-ads',
  name: 'Meta Ads',
  category: 'ads',
  summary:
    'What ads on Facebook and Instagram cost by day and campaign, and the people their lead forms bring. Segments go back as custom audiences.',
  guide,
  settings,
  streams: [insightsStream, leadsStream],
  map,
  hooks,
  complete,
  totals: spendTotals,
  uncompared: 'Meta does not count leads by day, so these are not compared.',
  audience,
  push,
  check,
});

async function check(ctx: Context<MetaAdsSettings>): Promise<string> {
  const found = await readAccount(ctx);
  return `Ad account ${found.name ?? ctx.settings.adAccountId}, figures in ${found.currency}, days of ${found.timezone_name}`;
}
