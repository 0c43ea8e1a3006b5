import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { z } from 'zod';
import tracking from '../../../src/connectors/http-api/http-api.ts';
import { listTracked, serveTracking } from './tracking-cast.ts';

const FOLDER = path.join(import.meta.dirname, '../../fixtures/tracking');
const call = z.looseObject({ type: z.string(), messageId: z.string() });
const recording = z.object({
  request: z.object({
    path: z.string(),
    headers: z.record(z.string(), z.string()),
    gzipOnWire: z.boolean(),
    body: z.looseObject({ batch: z.array(call).optional() }),
  }),
});
const recordings = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    ...recording.parse(JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'))).request,
  }));

const { database, url, tracker } = await serveTracking();

async function replay({ path: where, headers, gzipOnWire, body }: (typeof recordings)[number]) {
  const json = JSON.stringify({ ...body, ...(body.writeKey ? { writeKey: tracker.writeKey } : {}) });
  const response = await fetch(url + where, {
    method: 'POST',
    headers: {
      'content-type': headers['content-type']!,
      ...(headers['content-encoding'] ? { 'content-encoding': headers['content-encoding'] } : {}),
      authorization: tracker.authorization,
    },
    body: gzipOnWire ? gzipSync(json) : json,
  });
  return { status: response.status, json: await response.json() };
}

test.each(recordings)('$name is taken in whole, twice as once', async (recorded) => {
  const calls = recorded.body.batch ?? [call.parse(recorded.body)];
  expect(await replay(recorded)).toEqual({ status: 200, json: { success: true } });
  const kept = await listTracked(database, tracker);
  for (const { type, messageId } of calls)
    expect(kept.filter((row) => row.externalId === messageId)).toMatchObject([{ stream: type }]);
  expect(await replay(recorded)).toEqual({ status: 200, json: { success: true } });
  expect(await listTracked(database, tracker)).toHaveLength(kept.length);
});

test('every recorded call reads as a person or an event', async () => {
  const kept = await listTracked(database, tracker);
  const records = kept.flatMap((row) => tracking.map({ ...row, version: '' }, {}));
  const sent = recordings.flatMap(({ body }) => body.batch ?? [call.parse(body)]);
  expect(records).toHaveLength(new Set(sent.map(({ messageId }) => messageId)).size);
  expect(new Set(records.map((record) => record.type))).toEqual(new Set(['person', 'event']));
  const names = records.flatMap((record) => (record.type === 'event' ? [record.name] : []));
  expect(new Set(names)).toEqual(new Set(['page_viewed', 'screen_viewed', 'Product Viewed', 'order_placed']));
  for (const record of records)
    if ('identifiers' in record) expect(record.identifiers.length).toBeGreaterThan(0);
});
