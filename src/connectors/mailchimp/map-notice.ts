import { z } from 'zod';
import type { GivenIdentifier, Item, MappedConsent, MappedRecord } from '../contract.ts';
import { moment, optionalText, readPayload, withoutUnset } from '../reading/answers.ts';
import { topicOf } from './topics.ts';
import { traitsOfMergeFields } from './traits.ts';

/** `fired_at` is UTC without saying so. */
const notice = z.object({
  type: z.string(),
  fired_at: moment,
  data: z.object({
    list_id: z.string(),
    email: optionalText,
    old_email: optionalText,
    new_email: optionalText,
    action: optionalText,
    reason: optionalText,
    merges: z.record(z.string(), z.unknown()).default({}),
  }),
});
type Notice = z.infer<typeof notice>;
type Person = Extract<MappedRecord, { type: 'person' }>;

/**
 * A webhook tells at once what the next sync tells in full. It brings decisions and changes; the events of
 * subscribing and leaving come from the contact and the reports, so that none is counted twice.
 */
export function mapNotice(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, notice);
  const emails = [given.data.new_email ?? given.data.email, given.data.old_email].filter(
    (email) => email !== undefined,
  );
  const identifiers: GivenIdentifier[] = emails.map((value) => ({ kind: 'email', value }));
  const person: Person = {
    type: 'person',
    key: '',
    identifiers,
    traits: withoutUnset({ email: emails[0], ...traitsOfMergeFields(given.data.merges) }),
    changedAt: given.fired_at,
    consents: consentsOf(given),
    suppress: suppressionOf(given),
  };
  return [person];
}

/** Archiving a contact (`delete`) is done by the business, not by the person: no decision. */
function consentsOf({ type, fired_at, data }: Notice): MappedConsent[] {
  const isIn = type === 'subscribe';
  const isOut = type === 'unsubscribe' && data.action !== 'delete';
  if (!isIn && !isOut) return [];
  const proof = withoutUnset({ system: 'mailchimp', webhook: type, reason: data.reason });
  return [
    {
      channel: 'email',
      topic: topicOf(data.list_id),
      state: isIn ? 'granted' : 'withdrawn',
      decidedAt: fired_at,
      proof,
    },
  ];
}

function suppressionOf({ type, data }: Notice): Person['suppress'] {
  if (!data.email) return undefined;
  if (type === 'unsubscribe' && data.reason === 'abuse') return { email: data.email, reason: 'complaint' };
  if (type !== 'cleaned') return undefined;
  return { email: data.email, reason: data.reason === 'abuse' ? 'complaint' : 'hard_bounce' };
}
