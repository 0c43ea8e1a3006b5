import { convert } from 'html-to-text';
import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { comment, post, user } from './rows.ts';

/** Who writes and runs the site. They are people, but their accounts are no signups of readers. */
const STAFF = new Set(['administrator', 'editor', 'author', 'contributor']);

export function map(item: Item): MappedRecord[] {
  if (item.stream === 'posts') return mapPost(item);
  if (item.stream === 'comments') return mapComment(item);
  return mapUser(item);
}

function mapPost(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, post);
  return [
    {
      type: 'content',
      key: '',
      externalId: String(given.id),
      title: convert(given.title.rendered, { wordwrap: false }),
      url: given.link ?? null,
      kind: given.type,
      status: given.status === 'publish' ? 'published' : given.status,
      publishedAt: given.status === 'publish' ? given.date_gmt : null,
    },
  ];
}

/** Only approved comments count: one that waits may be spam, and spam names people who never wrote it. */
function mapComment(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, comment);
  if (given.status === 'spam' || given.status === 'trash') return [{ type: 'removed', key: '' }];
  if (given.status !== 'approved') return [];
  const isGuest = given.author === 0;
  const identifiers = isGuest
    ? guestIdentifiers(given.author_email)
    : [{ kind: 'source' as const, value: String(given.author) }];
  if (identifiers.length === 0) return [];
  const posted: MappedRecord = {
    type: 'event',
    key: 'posted',
    identifiers,
    name: 'comment_posted',
    occurredAt: given.date_gmt,
    properties: withoutUnset({ post_id: String(given.post), url: given.link, is_guest: isGuest }),
  };
  if (!isGuest) return [posted];
  const traits = withoutUnset({ email: given.author_email, name: given.author_name });
  return [
    posted,
    { type: 'person', key: 'guest', identifiers, traits, changedAt: given.date_gmt, consents: [] },
  ];
}

/**
 * A guest's address is what somebody typed, unverified. It stands alone in its record, so that it can name a
 * person but never join two.
 */
function guestIdentifiers(email: string | undefined): GivenIdentifier[] {
  return email ? [{ kind: 'email', value: email }] : [];
}

function mapUser(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, user);
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: String(given.id) }];
  if (given.email) identifiers.push({ kind: 'email', value: given.email });
  const traits = withoutUnset({
    email: given.email,
    name: given.name,
    firstName: given.first_name,
    lastName: given.last_name,
    language: given.locale,
    wordpressRole: given.roles[0],
    createdAt: given.registered_date.toISOString(),
  });
  const at = given.registered_date;
  const person: MappedRecord = { type: 'person', key: '', identifiers, traits, changedAt: at, consents: [] };
  if (given.roles.some((role) => STAFF.has(role))) return [person];
  const properties = { system: 'wordpress' };
  return [
    person,
    { type: 'event', key: 'signed_up', identifiers, name: 'signed_up', occurredAt: at, properties },
  ];
}
