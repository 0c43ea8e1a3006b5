import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { HookRequest, Item, MappedRecord } from '../../src/connectors/contract.ts';
import { amountOf } from '../../src/connectors/stripe/money.ts';
import stripe from '../../src/connectors/stripe/stripe.ts';
import { recordedShops, shopVectors } from '../vendors/shop-recordings.ts';
import { type StripeServer, startStripeServer } from '../vendors/stripe.ts';
import {
  hour,
  makeCharge,
  makeCustomer,
  makeInvoice,
  makeRefund,
  makeSession,
  makeSubscription,
  type StripeRow,
} from '../vendors/stripe-rows.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: StripeServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

async function start(options: Parameters<typeof startStripeServer>[0] = {}, more: object = {}) {
  server = await startStripeServer(options);
  return contextFor(stripe, server, server.settings, more);
}

const map = (stream: string, payload: Record<string, unknown>): MappedRecord[] =>
  stripe.map({ stream, externalId: 'x', payload }, stripe.settings.parse({ secretKey: 'rk_live_1' }));
const STREAMS = stripe.streams.map(({ key }) => key);
const at = (seconds: number) => new Date(seconds * 1000);

describe('reading', () => {
  test('says what it found, and that test payments are no orders', async () => {
    const ctx = await start({ count: 3 });
    expect(await stripe.check(ctx)).toBe('3 customers, 3 subscriptions, 3 invoices, 3 payments, 3 checkout');
    server.account.key = 'rk_test_1';
    expect(await stripe.check({ ...ctx, settings: { ...ctx.settings, secretKey: 'rk_test_1' } })).toContain(
      'test mode',
    );
  });

  test('brings everything of every kind, ended subscriptions too', async () => {
    const ctx = await start({ count: 130 });
    server.account.rows.subscriptions![7] = makeSubscription(7, { status: 'canceled', ended_at: hour(9) });
    for (const stream of STREAMS)
      expect(idsOf((await read(stripe, ctx, stream)).items)).toHaveLength(stream === 'refunds' ? 1 : 130);
  });

  test('then only what events tell of, as it stands now and in our version, and nothing twice', async () => {
    const ctx = await start();
    const first = await read(stripe, ctx, 'customers');
    expect(first.cursor).toEqual({ since: server.account.now, scan: null });
    server.happen(
      'customer.updated',
      server.account.now + 60,
      makeCustomer(1, { email: 'between@example.com' }),
    );
    server.happen('customer.updated', server.account.now + 60, makeCustomer(1, { email: 'new@example.com' }));
    server.account.now += 3600;
    const second = await read(stripe, ctx, 'customers', first.cursor);
    expect(second.items).toMatchObject([{ externalId: 'cus_1', payload: { email: 'new@example.com' } }]);
    server.account.now += 60;
    expect((await read(stripe, ctx, 'customers', second.cursor)).items).toEqual([]);
    expect((await read(stripe, ctx, 'customers', first.cursor)).items).toEqual(second.items);
  });

  test('what changes while everything is read is not lost', async () => {
    const ctx = await start({ count: 230 });
    const seen = new Map<string, unknown>();
    let isChanged = false;
    for await (const page of stripe.streams[0]!.pull(ctx, null)) {
      for (const item of page.items) seen.set(item.externalId, item.payload.email);
      if (isChanged) continue;
      isChanged = true;
      server.happen(
        'customer.updated',
        server.account.now + 1,
        makeCustomer(229, { email: 'changed@example.com' }),
      );
      server.happen(
        'customer.created',
        server.account.now + 1,
        makeCustomer(300, { created: server.account.now + 1 }),
      );
      server.account.now += 30;
    }
    expect(seen.size).toBe(231);
    expect(seen.get('cus_229')).toBe('changed@example.com');
  });

  test('a reading that breaks off goes on where it was, even when that row is gone', async () => {
    const ctx = await start({ count: 350 }, { tries: 1 });
    server.plan('none', 'none', 'reset');
    const broken = await read(stripe, ctx, 'customers');
    expect(broken).toMatchObject({
      error: { retryable: true },
      cursor: { since: null, scan: { after: 'cus_150' } },
    });
    const rest = await read(stripe, ctx, 'customers', broken.cursor);
    expect(idsOf([...broken.items, ...rest.items])).toHaveLength(350);
    server.account.rows.customers = server.account.rows.customers!.filter(({ id }) => id !== 'cus_150');
    expect(idsOf((await read(stripe, ctx, 'customers', broken.cursor)).items)).toHaveLength(349);
  });

  test('after more days than Stripe remembers everything is read again; after fewer only what happened', async () => {
    const ctx = await start();
    server.happen('customer.updated', hour(600), makeCustomer(2, { name: 'Renamed' }));
    const early = Math.floor(NOW.getTime() / 1000) - 30 * 86_400;
    expect(idsOf((await read(stripe, ctx, 'customers', { since: early, scan: null })).items)).toHaveLength(5);
    const late = Math.floor(NOW.getTime() / 1000) - 28 * 86_400;
    const { items, error } = await read(stripe, ctx, 'customers', { since: late, scan: null });
    expect([error, idsOf(items)]).toEqual([null, ['cus_2']]);
  });

  test('a deleted customer takes back what was said', async () => {
    const ctx = await start();
    const { cursor } = await read(stripe, ctx, 'customers');
    server.happen('customer.deleted', server.account.now, {
      id: 'cus_1',
      object: 'customer',
      created: hour(1),
      deleted: true,
    });
    const { items } = await read(stripe, ctx, 'customers', cursor);
    expect(mapAll(stripe, items, ctx.settings)).toEqual([{ type: 'removed', key: '' }]);
  });

  test('a slice of time is read without moving the cursor', async () => {
    const ctx = await start({ count: 230 });
    const window = { from: at(hour(20)), to: at(hour(30)) };
    for (const stream of ['charges', 'checkout_sessions']) {
      const { items, cursor } = await read(stripe, { ...ctx, window }, stream, { since: 7, scan: null });
      expect([idsOf(items).length, cursor]).toEqual([10, { since: 7, scan: null }]);
    }
  });

  test.each([
    [401, 'restricted key', true],
    [403, 'permissions', true],
  ])('%s says what to do', async (status, says, needsReconnect) => {
    const ctx = await start();
    server.plan({ status, json: { error: { message: 'no' } } });
    expect((await read(stripe, ctx, 'charges')).error).toMatchObject({
      message: expect.stringContaining(says),
      needsReconnect,
    });
  });
});

describe('money', () => {
  test('is counted in the smallest unit of its currency', () => {
    expect(
      [amountOf(1999, 'usd'), amountOf(500, 'jpy'), amountOf(1234, 'kwd'), amountOf(500, 'ugx')].map(
        ({ value }) => value,
      ),
    ).toEqual(['19.99', '500', '1.234', '5.00']);
  });

  test('a payment is an order, known by the shop’s number where there is one', async () => {
    await start();
    const charge = makeCharge(1, {
      metadata: { order_id: '727', utm_source: 'google' },
      payment_intent: 'pi_1',
      description: null,
    });
    expect(map('charges', charge)).toEqual([
      {
        type: 'event',
        key: 'placed',
        identifiers: [{ kind: 'source', value: 'cus_1' }],
        name: 'order_placed',
        occurredAt: at(hour(1)),
        value: '20.00',
        currency: 'EUR',
        properties: {
          order_id: '727',
          payment_id: 'ch_1',
          payment_intent: 'pi_1',
          livemode: true,
          utm_source: 'google',
        },
      },
    ]);
    const guest = { ...(charge.billing_details as object), email: 'guest@example.com' };
    expect(map('charges', makeCharge(1, { customer: null, billing_details: guest }))).toMatchObject([
      { identifiers: [{ kind: 'email', value: 'guest@example.com' }] },
    ]);
    for (const none of [{ livemode: false }, { captured: false }, { status: 'pending' }, { customer: null }])
      expect(map('charges', makeCharge(1, none))).toEqual([]);
    expect(map('charges', makeCharge(1, { status: 'failed', failure_code: 'card_declined' }))).toMatchObject([
      { name: 'payment_failed', properties: { reason: 'card_declined' } },
    ]);
  });

  test('a refund belongs to the order of its payment; one that failed is none', async () => {
    const ctx = await start();
    server.account.rows.charges![0] = makeCharge(0, { metadata: { order_id: '727' } });
    server.account.rows.refunds!.push(makeRefund(1, 'ch_1', { status: 'failed' }));
    const records = mapAll(stripe, (await read(stripe, ctx, 'refunds')).items, ctx.settings);
    expect(records).toMatchObject([
      {
        name: 'order_refunded',
        value: '5.00',
        currency: 'EUR',
        identifiers: [{ value: 'cus_0' }],
        properties: { order_id: '727', payment_id: 'ch_0', refund_id: 're_0' },
      },
    ]);
  });

  test('its own totals are what was made on each day', async () => {
    const ctx = await start({ count: 30 });
    const found = await stripe.totals!(
      ctx,
      new Date('2026-10-01T00:00:00Z'),
      new Date('2026-10-02T00:00:00Z'),
    );
    expect(found).toEqual([
      { stream: 'customers', day: '2026-10-01', figure: 'people', value: '16' },
      { stream: 'charges', day: '2026-10-01', figure: 'orders', value: '16' },
      { stream: 'charges', day: '2026-10-01', figure: 'net_revenue', value: '315.00', currency: 'EUR' },
      { stream: 'charges', day: '2026-10-01', figure: 'refunds', value: '5.00', currency: 'EUR' },
    ]);
  });
});

describe('a subscription', () => {
  const names = (given: Record<string, unknown>) =>
    map('subscriptions', makeSubscription(1, given)).flatMap((one) =>
      one.type === 'event' ? [[one.name, one.occurredAt.getTime() / 1000]] : [],
    );

  test('starts, is tried, turns into one that is paid, and ends', async () => {
    await start();
    const trial = { trial_start: hour(1), trial_end: hour(20) };
    expect(names({})).toEqual([['subscription_started', hour(1)]]);
    expect(names({ ...trial, status: 'trialing' })).toEqual([['trial_started', hour(1)]]);
    expect(names(trial)).toEqual([
      ['trial_started', hour(1)],
      ['subscription_started', hour(20)],
    ]);
    expect(names({ ...trial, status: 'canceled', ended_at: hour(10) })).toEqual([
      ['trial_started', hour(1)],
      ['subscription_cancelled', hour(10)],
    ]);
    expect(names({ status: 'canceled', ended_at: hour(30) })).toEqual([
      ['subscription_started', hour(1)],
      ['subscription_cancelled', hour(30)],
    ]);
    expect(names({ status: 'incomplete' })).toEqual([]);
    expect(map('subscriptions', makeSubscription(1, { ...trial, status: 'trialing' }))[0]).toMatchObject({
      type: 'person',
      traits: { subscriptionStatus: 'trialing', trialEndsAt: at(hour(20)).toISOString(), mrr: 20 },
    });
  });

  test('that changes its plan says from which to which', async () => {
    const ctx = await start();
    const { cursor } = await read(stripe, ctx, 'subscriptions');
    const before = makeSubscription(1).items as { data: { price: object }[] };
    const items = {
      ...before,
      data: before.data.map((one) => ({
        ...one,
        price: { ...one.price, nickname: 'Gold', unit_amount: 5000 },
      })),
    };
    server.happen('customer.subscription.updated', server.account.now, makeSubscription(1, { items }), {
      items: before,
    });
    const { items: read2 } = await read(stripe, ctx, 'subscriptions', cursor);
    expect(mapAll(stripe, read2, ctx.settings)).toContainEqual(
      expect.objectContaining({
        name: 'subscription_changed',
        properties: expect.objectContaining({ plan: 'Gold', mrr: 50, previous_mrr: 20 }),
      }),
    );
  });

  test('its invoices are paid when they were paid', async () => {
    await start();
    expect(map('invoices', makeInvoice(2))).toMatchObject([
      {
        name: 'invoice_paid',
        value: '20.00',
        occurredAt: at(hour(2) + 60),
        identifiers: [{ value: 'cus_2' }],
      },
    ]);
    expect(map('invoices', makeInvoice(2, { status: 'open' }))).toEqual([]);
  });
});

test('a buyer at the checkout says what may be sent', async () => {
  await start();
  expect(map('checkout_sessions', makeSession(1))).toMatchObject([
    {
      type: 'person',
      identifiers: [{ kind: 'email', value: 'guest1@example.com' }],
      traits: { name: 'Guest 1' },
      consents: [{ channel: 'email', state: 'granted', decidedAt: at(hour(1)) }],
    },
  ]);
  expect(map('checkout_sessions', makeSession(1, { status: 'expired' }))).toEqual([]);
});

test('a customer is joined by the id that the product wrote into it', async () => {
  await start();
  expect(map('customers', makeCustomer(1, { metadata: { user_id: 'u-1' } }))).toMatchObject([
    {
      identifiers: [
        { kind: 'source', value: 'cus_1' },
        { kind: 'user_id', value: 'u-1' },
        { kind: 'email', value: 'payer1@example.com' },
      ],
      changedAt: at(hour(1)),
    },
  ]);
});

describe('webhooks', () => {
  const SECOND = 1492774577;
  const post = (body: string, signature: string, receivedAt = at(SECOND)): HookRequest => ({
    method: 'POST',
    query: {},
    headers: { 'stripe-signature': signature },
    body: Buffer.from(body),
    receivedAt,
  });
  const sign = (body: string) =>
    post(
      body,
      `t=${SECOND},v1=${createHmac('sha256', 'whsec_test_secret').update(`${SECOND}.${body}`).digest('hex')}`,
    );
  const verify = (request: HookRequest, more: object = {}) =>
    stripe.hooks!.verify(
      request,
      stripe.settings.parse({ secretKey: 'rk_live_1', webhookSecret: 'whsec_test_secret', ...more }),
    );
  const itemsOf = (request: HookRequest): Item[] => {
    const told = verify(request);
    if (!('items' in told)) throw new Error(told.answer.body);
    return told.items;
  };

  test('are taken as the vendor’s own package takes them, and refused as it refuses them', async () => {
    await start();
    const { raw_body, valid, valid_with_rotation, invalid, secret } = shopVectors.stripe;
    for (const good of [valid, valid_with_rotation])
      expect(verify(post(raw_body, good))).toHaveProperty('items');
    expect(
      verify(post(raw_body, valid), { webhookSecret: 'whsec_new', previousWebhookSecret: secret }),
    ).toHaveProperty('items');
    const bad = [
      ...invalid.map(({ value }) => post(raw_body, value)),
      post(`${raw_body} `, valid),
      post(raw_body, ''),
      post(raw_body, valid, at(SECOND + 301)),
    ];
    for (const request of bad) expect(verify(request)).toMatchObject({ answer: { status: 401 } });
    expect(verify(post(raw_body, valid), { webhookSecret: undefined })).toMatchObject({
      answer: { status: 401 },
    });
  });

  test('are filled in with the state of now, whatever the order they come in', async () => {
    const ctx = await start();
    const old = server.happen('customer.subscription.created', hour(700), makeSubscription(1));
    const fresh = server.happen(
      'customer.subscription.deleted',
      hour(701),
      makeSubscription(1, { status: 'canceled', ended_at: hour(701) }),
    );
    for (const told of [fresh, old]) {
      const [item] = itemsOf(sign(JSON.stringify(told)));
      expect(await stripe.complete!(ctx, item!)).toMatchObject({
        stream: 'subscriptions',
        externalId: 'sub_1',
        payload: { status: 'canceled' },
      });
    }
  });

  test('of the other mode, of other things, and without their content are not taken', async () => {
    await start();
    const told = server.happen('charge.succeeded', hour(1), makeCharge(1));
    expect(itemsOf(sign(JSON.stringify({ ...told, livemode: false })))).toEqual([]);
    expect(
      itemsOf(
        sign(
          JSON.stringify({
            ...told,
            type: 'product.created',
            data: { object: { id: 'prod_1', object: 'product' } },
          }),
        ),
      ),
    ).toEqual([]);
    expect(verify(sign('{"object":"v2.core.event","id":"evt_1"}'))).toMatchObject({
      answer: { status: 400 },
    });
  });
});

test('what the vendor’s own fixtures become', async () => {
  await start();
  const { charge, customer, deleted_customer, invoice, refund, subscription } =
    recordedShops.stripe as Record<string, StripeRow>;
  const session = recordedShops.stripe['checkout-session']!;
  const all = {
    customers: customer!,
    deleted: deleted_customer!,
    subscriptions: subscription!,
    invoices: invoice!,
    charges: charge!,
    refunds: refund!,
    checkout_sessions: session,
  };
  for (const [stream, payload] of Object.entries(all)) expect(map(stream, payload)).toMatchSnapshot(stream);
});
