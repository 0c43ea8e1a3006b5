import type { z } from 'zod';
import type { GivenIdentifier, Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapNotice } from './map-notice.ts';
import { activity, campaignItem, member, sent, unsubscribe } from './rows.ts';
import { topicOf } from './topics.ts';
import { traitsOfMergeFields } from './traits.ts';

type Event = Extract<MappedRecord, { type: 'event' }>;

const MAPS: Record<string, (item: Item) => MappedRecord[]> = {
  members: mapMember,
  campaigns: mapCampaign,
  sent: mapSent,
  activity: mapActivity,
  unsubscribes: mapUnsubscribe,
  notices: mapNotice,
};

export function map(item: Item): MappedRecord[] {
  return MAPS[item.stream]?.(item) ?? [];
}

function mapMember(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, member);
  const identifiers: GivenIdentifier[] = [];
  if (given.contact_id) identifiers.push({ kind: 'source', value: given.contact_id });
  if (given.email_address) identifiers.push({ kind: 'email', value: given.email_address });
  const consents = consentsOf(given);
  const person: MappedRecord = {
    type: 'person',
    key: '',
    identifiers,
    traits: traitsOf(given),
    changedAt: given.last_changed,
    consents,
    suppress:
      given.status === 'cleaned' && given.email_address
        ? { email: given.email_address, reason: 'hard_bounce' }
        : undefined,
  };
  const joinedAt = given.timestamp_opt ?? given.timestamp_signup;
  if (!joinedAt || given.status === 'pending' || given.status === 'transactional') return [person];
  const properties = { newsletter: given.audience.name };
  return [
    person,
    {
      type: 'event',
      key: 'subscribed',
      identifiers,
      name: 'newsletter_subscribed',
      occurredAt: joinedAt,
      properties,
    },
  ];
}

function traitsOf(given: z.infer<typeof member>): Record<string, unknown> {
  return withoutUnset({
    email: given.email_address,
    name: given.full_name,
    language: given.language,
    country: given.location?.country_code,
    timezone: given.location?.timezone,
    mailchimpTags: given.tags.length > 0 ? given.tags.map((tag) => tag.name) : undefined,
    ...traitsOfMergeFields(given.merge_fields),
  });
}

/** Subscribed and unsubscribed are decisions of the person. Cleaned, pending, archived and transactional are not. */
function consentsOf(given: z.infer<typeof member>): MappedConsent[] {
  const proof = { system: 'mailchimp', audience: given.audience.name, status: given.status };
  const about = { channel: 'email' as const, topic: topicOf(given.audience.id), proof };
  if (given.status === 'subscribed') {
    return [{ ...about, state: 'granted', decidedAt: given.timestamp_opt ?? given.timestamp_signup ?? null }];
  }
  return given.status === 'unsubscribed'
    ? [{ ...about, state: 'withdrawn', decidedAt: given.last_changed }]
    : [];
}

function mapCampaign(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, campaignItem);
  const title = given.settings?.subject_line ?? given.settings?.title ?? given.id;
  const url = given.archive_url ?? null;
  return [
    {
      type: 'content',
      key: '',
      externalId: given.id,
      title,
      url,
      kind: 'email',
      status: 'published',
      publishedAt: given.send_time ?? null,
    },
  ];
}

function mapSent(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, sent);
  return [mailEvent('email_sent', given, given.campaign.send_time)];
}

function mapActivity(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, activity);
  const about = mailEvent('', given, given.timestamp);
  if (given.action === 'open') return [{ ...about, name: 'email_opened' }];
  if (given.action === 'click')
    return [
      { ...about, name: 'email_clicked', properties: withoutUnset({ ...about.properties, url: given.url }) },
    ];
  if (given.action !== 'bounce') return [];
  const type = given.type === 'hard' ? 'hard' : 'soft';
  const suppress =
    type === 'hard' ? { email: given.email_address, reason: 'hard_bounce' as const } : undefined;
  return [{ ...about, name: 'email_bounced', properties: { ...about.properties, type }, suppress }];
}

function mapUnsubscribe(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, unsubscribe);
  const about = mailEvent('newsletter_unsubscribed', given, given.timestamp);
  const isComplaint = /spam|abuse/i.test(given.reason ?? '');
  const consent: MappedConsent = {
    channel: 'email',
    topic: topicOf(given.list_id),
    state: 'withdrawn',
    decidedAt: given.timestamp,
    proof: withoutUnset({ system: 'mailchimp', campaign: given.campaign.subject, reason: given.reason }),
  };
  const unsubscribed: Event = {
    ...about,
    properties: withoutUnset({ ...about.properties, reason: given.reason }),
    consents: [consent],
  };
  if (!isComplaint) return [unsubscribed];
  const suppress = { email: given.email_address, reason: 'complaint' as const };
  return [unsubscribed, { ...about, key: 'complained', name: 'email_complained', suppress }];
}

function mailEvent(name: string, given: z.infer<typeof sent>, occurredAt: Date): Event {
  const { id, subject, title } = given.campaign;
  const properties = withoutUnset({ campaign_id: id, campaign: subject ?? title });
  return {
    type: 'event',
    key: '',
    identifiers: [{ kind: 'email', value: given.email_address }],
    name,
    occurredAt,
    properties,
  };
}
