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
  uuid,
} from 'drizzle-orm/pg-core';
import { at, profileId, workspaceId } from './columns.ts';

/** What a person can subscribe to or leave: `newsletter`, `offers`. */
export const topics = pgTable(
  'topics',
  {
    workspaceId: workspaceId(),
    key: text('key').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.key] })],
);

/** A message for a segment. */
export const campaigns = pgTable(
  'campaigns',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    segmentKey: text('segment_key').notNull(),
    topic: text('topic').notNull(),
    subject: text('subject').notNull(),
    preheader: text('preheader'),
    html: text('html').notNull(),
    text: text('text'),
    fromName: text('from_name'),
    fromEmail: text('from_email'),
    status: text('status').notNull(),
    statusReason: text('status_reason'),
    /** Percent kept out on purpose; 0 is off. */
    controlPercent: integer('control_percent').notNull().default(0),
    /** The audience as counted when it started: [{step, count}]. */
    waterfall: jsonb('waterfall'),
    audienceAsOf: at('audience_as_of'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
    startedAt: at('started_at'),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    check('campaigns_status', sql`${t.status} in ('draft', 'sending', 'paused', 'sent', 'cancelled')`),
  ],
);

/** One message to one profile, and how it ended. */
export const deliveries = pgTable(
  'deliveries',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    campaignId: uuid('campaign_id').notNull(),
    occasion: text('occasion').notNull(),
    id: uuid('id').notNull(),
    status: text('status').notNull(),
    reason: text('reason'),
    /** As given by the person; where the mail goes. */
    address: text('address'),
    /** Keyed hash of the match form, for suppression and for finding the same address twice. */
    addressKey: text('address_key'),
    dueAt: at('due_at').notNull(),
    claimedAt: at('claimed_at'),
    sentAt: at('sent_at'),
    messageId: text('message_id'),
    subject: text('subject'),
    openedAt: at('opened_at'),
    clickedAt: at('clicked_at'),
    unsubscribedAt: at('unsubscribed_at'),
    bouncedAt: at('bounced_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.campaignId, t.occasion] }),
    index('deliveries_id').on(t.workspaceId, t.id),
    index('deliveries_campaign').on(t.workspaceId, t.campaignId, t.status),
    index('deliveries_address').on(t.workspaceId, t.campaignId, t.addressKey),
    index('deliveries_due').on(t.workspaceId, t.dueAt).where(sql`status = 'pending'`),
    check(
      'deliveries_status',
      sql`${t.status} in ('pending', 'sending', 'sent', 'failed', 'skipped', 'unknown')`,
    ),
  ],
);

/**
 * The address of each person as it can be compared: keyed hash of the match form, which only code can make.
 * Brought up to date before anything reads it; `address` says which spelling the hash was made of.
 */
export const addresses = pgTable(
  'addresses',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    address: text('address').notNull(),
    /** null: not an address one can write to. */
    key: text('key'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId] }),
    index('addresses_key').on(t.workspaceId, t.key),
  ],
);

/** Addresses never to write to. The keyed hash outlives the person; `address` only while they are known. */
export const suppressions = pgTable(
  'suppressions',
  {
    workspaceId: workspaceId(),
    channel: text('channel').notNull(),
    /** Keyed hash of the match form. */
    hash: text('hash').notNull(),
    address: text('address'),
    reason: text('reason').notNull(),
    sourceId: uuid('source_id'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.channel, t.hash] })],
);

/** What would have been sent, while no SMTP_URL is set; and every test send. */
export const outbox = pgTable(
  'outbox',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    profileId: uuid('profile_id'),
    campaignId: uuid('campaign_id'),
    toAddress: text('to_address').notNull(),
    subject: text('subject').notNull(),
    html: text('html').notNull(),
    text: text('text').notNull(),
    headers: jsonb('headers').notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('outbox_created').on(t.workspaceId, t.createdAt),
  ],
);

/** A place outside that receives memberships: a source's account used the other way, and one audience there. */
export const destinations = pgTable(
  'destinations',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    connector: text('connector').notNull(),
    sourceId: uuid('source_id').notNull(),
    segmentKey: text('segment_key').notNull(),
    name: text('name').notNull(),
    settings: jsonb('settings').notNull().default({}),
    isAdditiveOnly: boolean('is_additive_only').notNull().default(false),
    /** Minutes between two pushes; null is each night. */
    everyMinutes: integer('every_minutes'),
    /** Beside the nightly one: by rhythm, after a fault, or because the place outside took its time. */
    nextPushAt: at('next_push_at'),
    failures: integer('failures').notNull().default(0),
    status: text('status').notNull(),
    statusMessage: text('status_message'),
    createdAt: at('created_at').notNull(),
    removedAt: at('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    check('destinations_status', sql`${t.status} in ('active', 'paused', 'needs_attention')`),
  ],
);

/**
 * The last state a destination acknowledged for one person; `waiting` and `leaving` while it takes its time to add
 * or remove. After a quiet change of the segment: `left_out` is a member who is not to be told there, `kept` one who
 * left and is not to be taken away there. `address` and `phone` are what the person is known by there.
 */
export const destinationMembers = pgTable(
  'destination_members',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    destinationId: uuid('destination_id').notNull(),
    state: text('state').notNull(),
    address: text('address'),
    phone: text('phone'),
    reason: text('reason'),
    ticket: text('ticket'),
    attempts: integer('attempts').notNull().default(0),
    retryAt: at('retry_at'),
    changedAt: at('changed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.destinationId] }),
    index('destination_members_destination').on(t.workspaceId, t.destinationId, sql`lower(address)`),
    check(
      'destination_members_state',
      sql`${t.state} in ('in', 'out', 'refused', 'waiting', 'leaving', 'left_out', 'kept')`,
    ),
  ],
);

/** Erased people whom a destination still has to forget: what they are known by there, sealed until it has. */
export const departures = pgTable(
  'departures',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    destinationId: uuid('destination_id').notNull(),
    sealed: text('sealed').notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('departures_destination').on(t.workspaceId, t.destinationId),
  ],
);

export const destinationRuns = pgTable(
  'destination_runs',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    destinationId: uuid('destination_id').notNull(),
    status: text('status').notNull(),
    isDryRun: boolean('is_dry_run').notNull(),
    added: bigint('added', { mode: 'number' }).notNull().default(0),
    removed: bigint('removed', { mode: 'number' }).notNull().default(0),
    refused: bigint('refused', { mode: 'number' }).notNull().default(0),
    message: text('message'),
    startedAt: at('started_at').notNull(),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    check('destination_runs_status', sql`${t.status} in ('running', 'succeeded', 'partial', 'failed')`),
  ],
);
