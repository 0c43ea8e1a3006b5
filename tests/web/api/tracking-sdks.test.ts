import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { expect, test } from 'vitest';
import { openBrowser, openPage } from '../../setup/browser.ts';
import { startHttpServer } from '../../setup/http-server.ts';
import { createTracker, listTracked, serveTracking, type Tracker } from './tracking-cast.ts';

const { database, url, host } = await serveTracking();
const require = createRequire(import.meta.url);

const PAST = new Date('2026-02-01T01:00:00.000Z');
const ALL = ['alias', 'group', 'identify', 'page', 'screen', 'track'];
const streamsOf = async (tracker: Tracker) =>
  (await listTracked(database, tracker)).map((row) => row.stream).sort();
async function getTracked(tracker: Tracker, stream: string) {
  return (await listTracked(database, tracker)).find((row) => row.stream === stream)!.payload;
}

test("Segment's server SDK delivers every kind of call", async () => {
  const tracker = await createTracker(database);
  const faults: unknown[] = [];
  const sdk = new Analytics({ writeKey: tracker.writeKey, host: url, path: '/v1/batch', flushAt: 3 });
  sdk.on('error', (error) => faults.push(error));
  sdk.identify({ userId: 'u-1', traits: { email: 'ada@example.com' } });
  sdk.track({ userId: 'u-1', event: 'Order Completed', properties: { total: 11 }, timestamp: PAST });
  sdk.page({ anonymousId: 'a-1', name: 'Home' });
  sdk.screen({ anonymousId: 'a-1', name: 'Start' });
  sdk.group({ userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } });
  sdk.alias({ userId: 'u-1', previousId: 'a-1' });
  await sdk.closeAndFlush();
  expect(faults).toEqual([]);
  expect(await streamsOf(tracker)).toEqual(ALL);
  expect(await getTracked(tracker, 'track')).toMatchObject({
    occurredAt: PAST.toISOString(),
    message: { event: 'Order Completed' },
  });
});

test("RudderStack's server SDK delivers every kind of call", async () => {
  const tracker = await createTracker(database);
  const sdk = new RudderAnalytics(tracker.writeKey, { dataPlaneUrl: url });
  sdk.identify({ userId: 'u-1', traits: { email: 'ada@example.com' } });
  sdk.track({ userId: 'u-1', event: 'Order Completed', properties: { total: 11 }, timestamp: PAST });
  sdk.page({ userId: 'u-1', name: 'Home' });
  sdk.screen({ userId: 'u-1', name: 'Start' });
  sdk.group({ userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } });
  sdk.alias({ userId: 'u-1', previousId: 'a-1' });
  await sdk.flush();
  await expect.poll(async () => await streamsOf(tracker)).toEqual(ALL);
  expect(await getTracked(tracker, 'track')).toMatchObject({
    occurredAt: PAST.toISOString(),
    message: { event: 'Order Completed' },
  });
});

/** A shop of another origin that loads Segment's script from itself and sends to us. */
async function serveShop(tracker: Tracker) {
  const folder = path.join(path.dirname(require.resolve('@segment/analytics-next/package.json')), 'dist/umd');
  return await startHttpServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://shop.test');
    if (pathname.endsWith('.js'))
      return void response
        .setHeader('content-type', 'text/javascript')
        .end(readFileSync(path.join(folder, path.basename(pathname))));
    const settings = JSON.stringify({ writeKey: tracker.writeKey, cdnURL: url });
    response
      .setHeader('content-type', 'text/html; charset=utf-8')
      .end(`<!doctype html><title>Shop page</title>
      <script src="/index.js"></script>
      <script>window.ready = AnalyticsNext.AnalyticsBrowser.load(${settings}, { integrations: { 'Segment.io': { apiHost: '${host}/v1', protocol: 'http' } } });</script>`);
  });
}

test("Segment's browser SDK delivers from a page of another site", async () => {
  const tracker = await createTracker(database);
  const shop = await serveShop(tracker);
  const page = await openPage(await openBrowser());
  await page.goto(`${shop.url}/landing?utm_source=news&utm_campaign=spring`);
  await page.evaluate(`(async () => {
    await window.ready;
    await window.ready.page();
    await window.ready.identify('u-1', { email: 'ada@example.com' });
    await window.ready.track('Order Completed', { total: 11 });
    await window.ready.group('g-1', { name: 'Acme' });
    await window.ready.alias('u-1', 'a-1');
  })()`);
  const expected = ALL.filter((stream) => stream !== 'screen');
  await expect.poll(async () => await streamsOf(tracker)).toEqual(expected);
  expect(await getTracked(tracker, 'track')).toMatchObject({
    message: {
      userId: 'u-1',
      event: 'Order Completed',
      context: { campaign: { source: 'news', name: 'spring' } },
    },
  });
  await shop.close();
}, 60_000);
