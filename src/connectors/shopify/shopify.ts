import { z } from 'zod';
import { type Context, defineConnector } from '../contract.ts';
import { ask } from './client.ts';
import { guide } from './guide.ts';
import { complete, hooks } from './hooks.ts';
import { map } from './map.ts';
import { type ShopifySettings, settings } from './settings.ts';
import { streams } from './streams.ts';
import { totals } from './totals.ts';

export default defineConnector<ShopifySettings>({
  key: 'shopify',
  name: 'Shopify',
  category: 'shop',
  summary: 'Customers with their consent, and every order, refund and cancellation of the shop.',
  guide,
  settings,
  streams,
  map,
  hooks,
  complete,
  totals,
  check,
});

const CHECK = `{
  shop { name }
  customers: customersCount(limit: null) { count }
  orders: ordersCount(limit: null) { count }
  app: currentAppInstallation { accessScopes { handle } }
  some: customers(first: 10) { nodes { defaultEmailAddress { emailAddress } firstName defaultPhoneNumber { phoneNumber } } }
}`;
const found = z.object({
  shop: z.object({ name: z.string() }),
  customers: z.object({ count: z.number() }),
  orders: z.object({ count: z.number() }),
  app: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }),
  some: z.object({
    nodes: z.array(
      z.object({
        defaultEmailAddress: z.unknown(),
        firstName: z.unknown(),
        defaultPhoneNumber: z.unknown(),
      }),
    ),
  }),
});

async function check(ctx: Context<ShopifySettings>): Promise<string> {
  const { shop, customers, orders, app, some } = await ask(ctx, { document: CHECK }, found);
  const said = `${shop.name}: ${customers.count.toLocaleString('en')} customers, ${orders.count.toLocaleString('en')} orders`;
  const isOld = app.accessScopes.some(({ handle }) => handle === 'read_all_orders');
  const hints = [
    ...(isOld ? [] : ['Orders older than 60 days stay hidden until the app has the scope read_all_orders.']),
    ...(isMasked(some.nodes)
      ? [
          'Shopify hides names and addresses from this app: ask for protected customer data access in the Dev Dashboard.',
        ]
      : []),
  ];
  return hints.length > 0 ? `${said}. ${hints.join(' ')}` : said;
}

/** To an app without approval names and addresses are empty, and no error says so. */
function isMasked(rows: z.infer<typeof found>['some']['nodes']): boolean {
  return (
    rows.length > 0 &&
    rows.every((one) => !one.defaultEmailAddress && !one.firstName && !one.defaultPhoneNumber)
  );
}
