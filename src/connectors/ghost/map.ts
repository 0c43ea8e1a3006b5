import type { z } from 'zod';
import type { Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapEvent } from './map-events.ts';
import { identifiersOf, topicOf } from './people.ts';
import { member, post } from './rows.ts';

export function map(item: Item): MappedRecord[] {
  if (item.stream === 'posts') return mapPost(item);
  if (item.stream === 'member_events') return mapEvent(item);
  return item.payload.deleted === true ? [{ type: 'removed', key: '' }] : mapMember(item);
}

function mapMember(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, member);
  const traits = withoutUnset({
    email: given.email,
    name: given.name,
    ghostStatus: given.status,
    ghostLabels: given.labels.length > 0 ? given.labels.map((label) => label.name) : undefined,
    createdAt: given.created_at.toISOString(),
  });
  return [
    {
      type: 'person',
      key: '',
      identifiers: identifiersOf(given),
      traits,
      changedAt: given.updated_at,
      consents: given.newsletters.map(consentOf),
      suppress: suppressionOf(given),
    },
  ];
}

/**
 * A member lists the newsletters it receives, not since when, so the grant has no time of its own. What it does
 * not list was left at a time only the newsletter events know: those carry the withdrawals.
 */
function consentOf({ id, name }: { id: string; name?: string | undefined }): MappedConsent {
  const proof = withoutUnset({ system: 'ghost', newsletter: name });
  return { channel: 'email', topic: topicOf(id), state: 'granted', decidedAt: null, proof };
}

function suppressionOf({ email, email_suppression }: z.infer<typeof member>) {
  if (!email || !email_suppression?.suppressed) return undefined;
  const isComplaint = email_suppression.info?.reason === 'spam';
  return { email, reason: isComplaint ? ('complaint' as const) : ('hard_bounce' as const) };
}

function mapPost(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, post);
  const status = given.status === 'sent' ? 'published' : given.status;
  const kind = given.status === 'sent' ? 'email' : 'post';
  const publishedAt = status === 'published' ? (given.published_at ?? null) : null;
  return [
    {
      type: 'content',
      key: '',
      externalId: given.id,
      title: given.title,
      url: given.url ?? null,
      kind,
      status,
      publishedAt,
    },
  ];
}
