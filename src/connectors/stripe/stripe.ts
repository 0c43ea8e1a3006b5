import { type Context, defineConnector } from '../contract.ts';
import { list } from './client.ts';
import { guide } from './guide.ts';
import { complete, hooks } from './hooks.ts';
import { KINDS } from './kinds.ts';
import { map } from './map.ts';
import { row } from './rows.ts';
import { type StripeSettings, settings } from './settings.ts';
import { streams } from './streams.ts';
import { totals } from './totals.ts';

export default defineConnector<StripeSettings>({
  key: 'stripe',
  name: 'Stripe',
  category: 'billing',
  summary: 'Customers, trials, subscriptions, payments and refunds.',
  guide,
  settings,
  streams,
  map,
  hooks,
  complete,
  totals,
  check,
});

/** Stripe counts nothing: of each kind a page tells whether the key may read it, and whether there is anything. */
async function check(ctx: Context<StripeSettings>): Promise<string> {
  const found: string[] = [];
  for (const { path, listed, stream, title } of KINDS) {
    const page = await list(ctx, { path, query: listed, after: null }, row);
    const count = page?.rows.length ?? 0;
    if (stream !== 'refunds' && count > 0)
      found.push(`${page?.hasMore ? 'more than ' : ''}${count} ${title.toLowerCase()}`);
  }
  const said = found.length > 0 ? found.join(', ') : 'Nothing yet';
  const isTest = /_test_/.test(ctx.settings.secretKey);
  return isTest ? `${said}. This is a key of the test mode: its payments do not count as orders.` : said;
}
