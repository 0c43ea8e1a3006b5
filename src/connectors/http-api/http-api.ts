import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { defineConnector, type Item, type MappedRecord } from '../contract.ts';
import { mapEvent } from './event.ts';
import { storedMessage } from './message.ts';
import { mapPerson } from './person.ts';

/** Our own tracking API, in the words of Segment's SDKs: https://segment.com/docs/connections/spec/ */
export default defineConnector({
  key: 'http-api',
  name: 'Tracking',
  category: 'web',
  summary:
    'What people do on your site, in your app and on your servers, sent by Segment or RudderStack SDKs.',
  settings: z.strictObject({}),
  // Nothing is fetched: senders come to us with a write key.
  streams: [],
  uncompared:
    'Your site and servers send this, and nobody else counts it. A request is answered once it is stored.',
  map,
  check: async () => 'Ready. Create a write key and point an SDK at this address.',
});

function map(item: Item): MappedRecord[] {
  const parsed = storedMessage.safeParse(item.payload);
  if (!parsed.success) {
    throw new Invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  }
  const { type } = parsed.data.message;
  return [
    type === 'identify' || type === 'group' || type === 'alias'
      ? mapPerson(parsed.data)
      : mapEvent(parsed.data),
  ];
}
