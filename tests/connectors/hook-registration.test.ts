import { afterEach, describe, expect, test } from 'vitest';
import stripe from '../../src/connectors/stripe/stripe.ts';
import woocommerce from '../../src/connectors/woocommerce/woocommerce.ts';
import { startStripeServer } from '../vendors/stripe.ts';
import { startWooServer } from '../vendors/woocommerce.ts';
import { contextFor } from './reading.ts';

const URL = 'https://segments.example.com/hooks/t';
const OTHER = 'https://segments.example.com/hooks/another';
let server: { violations: string[]; close: () => Promise<void> };
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

describe('Stripe is told where to send', () => {
  async function start(more: object = {}) {
    const vendor = await startStripeServer();
    server = vendor;
    const { webhookSecret: _secret, ...settings } = vendor.settings;
    return { ...vendor, ctx: contextFor(stripe, vendor, { ...settings, ...more }) };
  }

  test('once, of everything that is read, in the version that is read', async () => {
    const { account, ctx } = await start();
    const kept = await stripe.hooks!.register!(ctx, URL);
    expect(kept).toEqual({ webhookSecret: 'whsec_made_1_canary' });
    expect(account.endpoints).toMatchObject([
      { url: URL, status: 'enabled', api_version: '2026-10-28.endive' },
    ]);
    expect(account.endpoints[0]?.enabled_events).toEqual(
      expect.arrayContaining(['customer.deleted', 'invoice.paid', 'charge.refunded', 'refund.failed']),
    );
  });

  test('again without a second one: what Stripe had switched off is on again', async () => {
    const { account, ctx } = await start();
    const kept = await stripe.hooks!.register!(ctx, URL);
    account.endpoints[0]!.status = 'disabled';
    const { id } = account.endpoints[0]!;
    Object.assign(ctx.settings, kept);
    expect(await stripe.hooks!.register!(ctx, URL)).toEqual({});
    expect(account.endpoints).toMatchObject([{ id, status: 'enabled' }]);
  });

  test('anew where the secret was lost, since Stripe says it only once', async () => {
    const { account, ctx } = await start();
    await stripe.hooks!.register!(ctx, URL);
    expect(await stripe.hooks!.register!(ctx, URL)).toHaveProperty('webhookSecret');
    expect(account.endpoints).toHaveLength(1);
  });

  test('and told when it is over, of this address only', async () => {
    const { account, ctx } = await start();
    await stripe.hooks!.register!(ctx, URL);
    await stripe.hooks!.register!(ctx, OTHER);
    await stripe.hooks!.unregister!(ctx, URL);
    expect(account.endpoints.map(({ url }) => url)).toEqual([OTHER]);
  });

  test('with a key that may not, it is said what to do', async () => {
    const { account, ctx } = await start();
    account.maySetHooks = false;
    await expect(stripe.hooks!.register!(ctx, URL)).rejects.toThrow(/Write for Webhook Endpoints.*by hand/);
  });
});

describe('WooCommerce is told where to send', () => {
  async function start(more: object = {}) {
    const vendor = await startWooServer();
    server = vendor;
    return { ...vendor, ctx: contextFor(woocommerce, vendor, { ...vendor.settings, ...more }) };
  }

  test('each topic once, all with one secret that was made here', async () => {
    const { shop, ctx } = await start();
    const { webhookSecret } = await woocommerce.hooks!.register!(ctx, URL);
    expect(webhookSecret).toMatch(/^[\w-]{32}$/);
    expect(shop.hooks.map(({ topic }) => topic).sort()).toEqual([
      'customer.created',
      'customer.deleted',
      'customer.updated',
      'order.created',
      'order.deleted',
      'order.updated',
    ]);
    expect(new Set(shop.hooks.map(({ secret }) => secret))).toEqual(new Set([webhookSecret]));
  });

  test('again without doubling any: what is missing is made, what was switched off is on again', async () => {
    const { shop, ctx } = await start();
    Object.assign(ctx.settings, await woocommerce.hooks!.register!(ctx, URL));
    shop.hooks.pop();
    shop.hooks[0]!.status = 'disabled';
    expect(await woocommerce.hooks!.register!(ctx, URL)).toEqual({
      webhookSecret: ctx.settings.webhookSecret,
    });
    expect(shop.hooks).toHaveLength(6);
    expect(shop.hooks.every(({ status }) => status === 'active')).toBe(true);
  });

  test('also where the web server drops the header with the keys', async () => {
    const { shop, ctx } = await start();
    shop.dropsHeader = true;
    await woocommerce.hooks!.register!(ctx, URL);
    expect(shop.hooks).toHaveLength(6);
  });

  test('and told when it is over, of this address only', async () => {
    const { shop, ctx } = await start();
    shop.hooks.push({
      id: 70,
      topic: 'order.created',
      delivery_url: OTHER,
      status: 'active',
      secret: 'theirs',
    });
    await woocommerce.hooks!.register!(ctx, URL);
    await woocommerce.hooks!.unregister!(ctx, URL);
    expect(shop.hooks.map(({ id }) => id)).toEqual([70]);
  });

  test('with keys that only read, it is said what to do', async () => {
    const { shop, ctx } = await start();
    shop.mayWrite = false;
    await expect(woocommerce.hooks!.register!(ctx, URL)).rejects.toThrow(/Read\/Write.*by hand/);
  });
});
