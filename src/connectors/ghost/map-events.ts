import type { z } from 'zod';
import type { Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { identifiersOf, topicOf } from './people.ts';
import { event } from './rows.ts';

type Data = z.infer<typeof event>['data'];
type Told = Pick<Extract<MappedRecord, { type: 'event' }>, 'name' | 'properties' | 'consents' | 'suppress'>;

/** What each kind of event tells us; kinds that are not here name nothing we count. */
const TELLS: Record<string, (data: Data) => Told | null> = {
  signup_event: (data) => ({ name: 'signed_up', properties: origin(data) }),
  newsletter_event: tellNewsletter,
  email_sent_event: (data) => ({ name: 'email_sent', properties: mail(data) }),
  email_delivered_event: (data) => ({ name: 'email_delivered', properties: mail(data) }),
  email_opened_event: (data) => ({ name: 'email_opened', properties: mail(data) }),
  // Ghost notes a failure only when the address is given up for good.
  email_failed_event: (data) => ({
    name: 'email_bounced',
    properties: { ...mail(data), type: 'hard' },
    suppress: data.member?.email ? { email: data.member.email, reason: 'hard_bounce' } : undefined,
  }),
  email_complained_event: (data) => ({
    name: 'email_complained',
    properties: mail(data),
    suppress: data.member?.email ? { email: data.member.email, reason: 'complaint' } : undefined,
  }),
  click_event: (data) => ({
    name: 'email_clicked',
    properties: withoutUnset({ post_id: data.post?.id, campaign: data.post?.title, url: data.link?.to }),
  }),
};

export function mapEvent(item: Item): MappedRecord[] {
  const { type, data } = readPayload(item.payload, event);
  const told = TELLS[type]?.(data);
  if (!told || !data.member) return [];
  return [
    { type: 'event', key: '', identifiers: identifiersOf(data.member), occurredAt: data.created_at, ...told },
  ];
}

function tellNewsletter(data: Data): Told | null {
  if (!data.newsletter) return null;
  const isIn = data.subscribed === true;
  const proof = withoutUnset({ system: 'ghost', newsletter: data.newsletter.name, by: data.source });
  const consent: MappedConsent = {
    channel: 'email',
    topic: topicOf(data.newsletter.id),
    state: isIn ? 'granted' : 'withdrawn',
    decidedAt: data.created_at,
    proof,
  };
  const name = isIn ? 'newsletter_subscribed' : 'newsletter_unsubscribed';
  return {
    name,
    properties: withoutUnset({ newsletter: data.newsletter.name, by: data.source }),
    consents: [consent],
  };
}

function mail({ email }: Data): Record<string, unknown> {
  return withoutUnset({ campaign_id: email?.id, campaign: email?.subject, post_id: email?.post_id });
}

/** Where the member came from, in the words tracking uses too. */
function origin(data: Data): Record<string, unknown> {
  return withoutUnset({
    system: 'ghost',
    utm_source: data.utm_source,
    utm_medium: data.utm_medium,
    utm_campaign: data.utm_campaign,
    utm_term: data.utm_term,
    utm_content: data.utm_content,
    referrer_source: data.referrer_source,
    referrer_medium: data.referrer_medium,
    referrer: data.referrer_url,
    landing_page: data.attribution?.url,
  });
}
