import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
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
