import { startShopifyServer } from '../tests/vendors/shopify.ts';
import { makeLargeShop } from '../tests/vendors/shopify-large.ts';

/** The shop of the benchmark, in a process of its own: what it takes is not ours. */
const orders = Number(process.argv[2]);
const made = makeLargeShop(orders, new Date());
const server = await startShopifyServer({ made: made.orders, madeCustomers: made.customers });
server.shop.now = new Date().toISOString();
server.bulk.polls = Number(process.argv[3]);
process.send?.({ hosts: [server.host, server.bulk.host], settings: server.settings, holds: made.holds });
process.on('message', () =>
  process.send?.({ violations: [...server.violations, ...server.bulk.violations] }),
);
