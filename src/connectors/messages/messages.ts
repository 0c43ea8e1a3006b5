import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { defineConnector, type Item, type MappedRecord } from '../contract.ts';

const payload = z.object({
  identifier: z.object({ kind: z.enum(['user_id', 'email', 'phone', 'anonymous_id']), value: z.string() }),
  properties: z.record(z.string(), z.unknown()),
  occurredAt: z.iso.datetime(),
});

/** What our own messages learn comes in by the same way as everything else: as raw events of a source. */
export default defineConnector<Record<string, never>>({
  key: 'messages',
  name: 'Messages',
  category: 'email',
  summary: 'What the messages sent from here learn: sent, opened, clicked, bounced, unsubscribed.',
  settings: z.strictObject({}),
  streams: [],
  uncompared: 'These messages are sent from here, so nobody else counts them.',
  map: (item) => [toRecord(item)],
  check: async () => 'Messages sent from here report by themselves.',
});

function toRecord(item: Item): MappedRecord {
  const parsed = payload.safeParse(item.payload);
  if (!parsed.success) {
    throw new Invalid(parsed.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })));
  }
  const { identifier, properties, occurredAt } = parsed.data;
  return {
    type: 'event',
    key: '',
    identifiers: [identifier],
    name: item.stream,
    occurredAt: new Date(occurredAt),
    properties,
  };
}
