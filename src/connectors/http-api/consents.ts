import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import type { MappedConsent } from '../contract.ts';
import type { StoredMessage } from './message.ts';

/** What `consent_granted` and `consent_withdrawn` have to say. Without a topic it is the whole channel. */
export const consentProperties = z.object({
  channel: z.enum(['email', 'sms', 'ads', 'web'], 'Name the channel: email, sms, ads or web.'),
  topic: z.string('Write the topic as text.').min(1).max(200).nullish(),
  text: z.string('Write as text what the person read and agreed to.').nullish(),
});

const STATES: Readonly<Record<string, MappedConsent['state']>> = {
  consent_granted: 'granted',
  consent_withdrawn: 'withdrawn',
};

export function isConsentEvent(name: string): boolean {
  return Object.hasOwn(STATES, name);
}

/** The decision an event carries, with the text the person read as proof. Throws Invalid if it names no channel. */
export function readConsents(name: string, stored: StoredMessage): MappedConsent[] {
  if (!isConsentEvent(name)) return [];
  const parsed = consentProperties.safeParse(stored.message.properties);
  if (!parsed.success)
    throw new Invalid(
      parsed.error.issues.map(({ path, message }) => ({ path: ['properties', ...path].join('.'), message })),
    );
  const { channel, topic, text } = parsed.data;
  return [
    {
      channel,
      topic: topic ?? null,
      state: STATES[name]!,
      decidedAt: new Date(stored.occurredAt),
      proof: { ...(text ? { text } : {}), receivedAt: stored.receivedAt },
    },
  ];
}
