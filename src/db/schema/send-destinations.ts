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
    /** Whether the admins are told by mail when it stays in trouble. */
    tellsTrouble: boolean('tells_trouble').notNull().default(true),
    /** When they were told of the trouble it is in; null while all is well. */
    troubleToldAt: at('trouble_told_at'),
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
