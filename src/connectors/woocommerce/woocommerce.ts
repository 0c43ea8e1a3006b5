import { type Context, defineConnector } from '../contract.ts';
import { connect } from './client.ts';
import { customersStream } from './customers.ts';
import { guide } from './guide.ts';
import { complete, hooks } from './hooks.ts';
import { map } from './map.ts';
import { ordersStream } from './orders.ts';
import { settings, type WooSettings } from './settings.ts';
import { totals } from './totals.ts';

export default defineConnector<WooSettings>({
  key: 'woocommerce',
  name: 'WooCommerce',
  category: 'shop',
  summary: 'Customers, guests, and every order and refund, with the campaign it came from.',
  guide,
  settings,
  streams: [customersStream, ordersStream],
  map,
  hooks,
  complete,
  totals,
  check,
});

async function check(ctx: Context<WooSettings>): Promise<string> {
  const client = connect(ctx);
  const customers = await client.count('/customers', { role: 'all' });
  const orders = await client.count('/orders', { status: 'any' });
  return `${customers.toLocaleString('en')} customers and ${orders.toLocaleString('en')} orders`;
}
