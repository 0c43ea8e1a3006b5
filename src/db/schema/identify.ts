import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { amount, at, profileId, workspaceId } from './columns.ts';

/** One person. Alive: not merged away, not erased. */
export const profiles = pgTable(
  'profiles',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    createdAt: at('created_at').notNull(),
    /** First and last thing known of the person, by the time it happened. */
    firstSeenAt: at('first_seen_at'),
    lastSeenAt: at('last_seen_at'),
    mergedInto: uuid('merged_into'),
    erasedAt: at('erased_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('profiles_last_seen')
      .on(t.workspaceId, t.lastSeenAt, t.id)
      .where(sql`merged_into is null and erased_at is null`),
  ],
);

/** Ids a profile had before it was joined to another; links, API and unsubscribe addresses still work. */
export const profileAliases = pgTable(
  'profile_aliases',
  { workspaceId: workspaceId(), aliasId: uuid('alias_id').notNull(), profileId: profileId() },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.aliasId] }),
    index('profile_aliases_profile').on(t.workspaceId, t.profileId),
  ],
);

/** kind: user_id, email, phone, anonymous_id, `source:<source id>`. `value` is the match form, `given` what was said. */
export const identifiers = pgTable(
  'identifiers',
  {
    workspaceId: workspaceId(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    given: text('given').notNull(),
    profileId: profileId(),
    /** The profile that was made for it: where it goes back to when a merge is undone. */
    homeId: uuid('home_id').notNull(),
    sourceId: uuid('source_id'),
    firstSeenAt: at('first_seen_at').notNull(),
    lastSeenAt: at('last_seen_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.kind, t.value] }),
    index('identifiers_profile').on(t.workspaceId, t.profileId),
  ],
);

/** Two identifiers that came in one record; a row each way. `refused`: why it joins nobody (shown as a conflict). */
export const links = pgTable(
  'links',
  {
    workspaceId: workspaceId(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    otherKind: text('other_kind').notNull(),
    otherValue: text('other_value').notNull(),
    firstAt: at('first_at').notNull(),
    lastAt: at('last_at').notNull(),
    sourceId: uuid('source_id'),
    /** The colleague who said that the two are one person; such a link knows no limits. */
    byUserId: uuid('by_user_id'),
    refused: text('refused'),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.kind, t.value, t.otherKind, t.otherValue] })],
);

/** A person said: these two identifiers are not one person. Written by undo. */
export const partings = pgTable(
  'partings',
  {
    workspaceId: workspaceId(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    otherKind: text('other_kind').notNull(),
    otherValue: text('other_value').notNull(),
    userId: uuid('user_id'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.kind, t.value, t.otherKind, t.otherValue] })],
);

/**
 * The ledger: each identifier that went from one profile to another, in order, with the link that caused it.
 * Later rooms move what they keep of `from_profile_id` that arrived by this identifier.
 */
export const merges = pgTable(
  'merges',
  {
    workspaceId: workspaceId(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
    change: text('change').notNull(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    fromProfileId: uuid('from_profile_id').notNull(),
    toProfileId: uuid('to_profile_id').notNull(),
    /** {kind, value, otherKind, otherValue, sourceId} or {userId} where a person did it. */
    cause: jsonb('cause').notNull(),
    at: at('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.seq] }),
    index('merges_from').on(t.workspaceId, t.fromProfileId),
    index('merges_to').on(t.workspaceId, t.toProfileId),
    check('merges_change', sql`${t.change} in ('join', 'part')`),
  ],
);

/** Keyed hashes of erased identifiers: not taken in again. */
export const erasures = pgTable(
  'erasures',
  { workspaceId: workspaceId(), hash: text('hash').notNull(), erasedAt: at('erased_at').notNull() },
  (t) => [primaryKey({ columns: [t.workspaceId, t.hash] })],
);

/** Things that can change at a source (a person there, an order): the newest version and what it gave rise to. */
export const records = pgTable(
  'records',
  {
    workspaceId: workspaceId(),
    subject: uuid('subject').notNull(),
    sourceId: uuid('source_id').notNull(),
    stream: text('stream').notNull(),
    version: text('version').notNull(),
    contentHash: text('content_hash').notNull(),
    seenAt: at('seen_at').notNull(),
    profileId: uuid('profile_id'),
    /** The strongest identifier it arrived with: the record goes where that goes. */
    viaKind: text('via_kind'),
    viaValue: text('via_value'),
    /** Events this version wrote, to be taken back by a newer one. */
    eventIds: uuid('event_ids').array().notNull(),
    /** When the person came to be there, as the vendor says. */
    madeAt: at('made_at'),
    /** The vendor says, or a full scan found, that it is no longer there. */
    isGone: boolean('is_gone').notNull().default(false),
    /** It says that the person may be mailed: what a vendor counts as a subscriber. */
    isSubscribed: boolean('is_subscribed').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.subject] }),
    index('records_profile').on(t.workspaceId, t.profileId),
  ],
);

/** Each event name's small integer within its workspace. */
export const eventNames = pgTable(
  'event_names',
  {
    workspaceId: workspaceId(),
    id: integer('id').notNull(),
    name: text('name').notNull(),
    firstSeenAt: at('first_seen_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    uniqueIndex('event_names_name').on(t.workspaceId, t.name),
  ],
);

/** A raw event whose profile is known. Indexes with INCLUDE are in the migration by hand. */
export const events = pgTable(
  'events',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    id: uuid('id').notNull(),
    nameId: integer('name_id').notNull(),
    occurredAt: at('occurred_at').notNull(),
    receivedAt: at('received_at').notNull(),
    /** Money, in `currency`. */
    value: amount('value'),
    currency: text('currency'),
    properties: jsonb('properties').notNull(),
    sourceId: uuid('source_id').notNull(),
    subject: uuid('subject').notNull(),
    /** The strongest identifier it arrived with, so that people can part again. */
    viaKind: text('via_kind').notNull(),
    viaValue: text('via_value').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.id] }),
    index('events_timeline').on(t.workspaceId, t.profileId, t.occurredAt.desc(), t.id),
    // Events that say where somebody came from: score/channels.sql.ts asks in the same words.
    index('events_tagged')
      .on(t.workspaceId, t.profileId, t.occurredAt)
      .where(
        sql`properties ?| array['utm_source','utm_medium','utm_campaign','fbclid','gclid','form_id','referrer']`,
      ),
  ],
);

/** Queue: profiles whose segments have to be looked at again. `refresh_id`: taken by that refresh. */
export const changedProfiles = pgTable(
  'changed_profiles',
  {
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    workspaceId: workspaceId(),
    profileId: uuid('profile_id').notNull(),
    refreshId: uuid('refresh_id'),
  },
  // Without the refresh: who is claimed stays in the page, and no index is written again.
  (t) => [index('changed_profiles_waiting').on(t.workspaceId, t.seq)],
);
