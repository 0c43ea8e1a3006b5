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

/** A rule tree, and what is known of its last result. */
export const segments = pgTable(
  'segments',
  {
    workspaceId: workspaceId(),
    key: text('key').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    kind: text('kind').notNull(),
    definition: jsonb('definition').notNull(),
    version: integer('version').notNull(),
    status: text('status').notNull(),
    /** Why it is parked or stale, in plain words. */
    statusReason: text('status_reason'),
    /** What sets it aside: its `rule` cannot be read, it is too `slow` or too `large`, or it `waits` for a segment it names. */
    parkedFor: text('parked_for'),
    size: bigint('size', { mode: 'number' }),
    asOf: at('as_of'),
    /** The version the stored memberships belong to; null before the first result. */
    computedVersion: integer('computed_version'),
    isEnabled: boolean('is_enabled').notNull().default(true),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
    updatedAt: at('updated_at').notNull(),
    removedAt: at('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.key] }),
    check('segments_status', sql`${t.status} in ('pending', 'ready', 'stale', 'parked')`),
    check(
      'segments_kind',
      sql`${t.kind} in ('custom', 'lifecycle', 'rfm', 'library', 'predicted', 'cluster', 'static')`,
    ),
  ],
);

export const segmentVersions = pgTable(
  'segment_versions',
  {
    workspaceId: workspaceId(),
    segmentKey: text('segment_key').notNull(),
    version: integer('version').notNull(),
    name: text('name').notNull(),
    definition: jsonb('definition').notNull(),
    /** Nothing outside reacts to who comes and goes by this change: destinations take it as it is. */
    isQuiet: boolean('is_quiet').notNull().default(false),
    /** The as-of from which the members are those of this version; null until a refresh has published it. */
    publishedAt: at('published_at'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.segmentKey, t.version] })],
);

/** A profile being in a segment: [entered_at, left_at) in as-of times. The present is `left_at is null`. */
export const memberships = pgTable(
  'memberships',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    segmentKey: text('segment_key').notNull(),
    enteredAt: at('entered_at').notNull(),
    leftAt: at('left_at'),
    version: integer('version').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.segmentKey, t.enteredAt] }),
    // Both grow at their ends, a page a segment: whoever comes or goes does so at the as-of of now.
    index('memberships_present')
      .on(t.workspaceId, t.segmentKey, t.enteredAt, t.profileId)
      .where(sql`left_at is null`),
    index('memberships_left').on(t.workspaceId, t.segmentKey, t.leftAt).where(sql`left_at is not null`),
  ],
);

/** One recompute. `segments`: [{key, mode: 'incremental'|'full'|'parked', entered, left, people, ms, reason?}]. */
export const refreshes = pgTable(
  'refreshes',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    asOf: at('as_of').notNull(),
    status: text('status').notNull(),
    trigger: text('trigger').notNull(),
    evaluated: bigint('evaluated', { mode: 'number' }).notNull().default(0),
    entered: bigint('entered', { mode: 'number' }).notNull().default(0),
    left: bigint('left', { mode: 'number' }).notNull().default(0),
    segments: jsonb('segments').notNull().default([]),
    message: text('message'),
    startedAt: at('started_at').notNull(),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('refreshes_as_of').on(t.workspaceId, t.asOf),
    check('refreshes_status', sql`${t.status} in ('queued', 'running', 'succeeded', 'failed')`),
  ],
);

/** Size of each segment at each refresh that changed it: the chart over time. */
export const segmentSizes = pgTable(
  'segment_sizes',
  {
    workspaceId: workspaceId(),
    segmentKey: text('segment_key').notNull(),
    asOf: at('as_of').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    entered: bigint('entered', { mode: 'number' }).notNull(),
    left: bigint('left', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.segmentKey, t.asOf] })],
);

/**
 * The difference of a running refresh, before it is published: of a person who differs in one pass (`batch_id`), the keys
 * of the segments they come into and go out of. Of one transaction only, and so not logged.
 */
export const stagedChanges = pgTable(
  'staged_changes',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    refreshId: uuid('refresh_id').notNull(),
    batchId: uuid('batch_id').notNull(),
    entered: text('entered').array().notNull(),
    left: text('left').array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.refreshId, t.profileId, t.batchId] })],
);

/** A person who must, or must not, be in a segment. */
export const pins = pgTable(
  'pins',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    segmentKey: text('segment_key').notNull(),
    expected: text('expected').notNull(),
    note: text('note'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
    /** The refresh at which it was first found broken; null while it holds. */
    brokenAt: at('broken_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.segmentKey] }),
    check('pins_expected', sql`${t.expected} in ('in', 'out')`),
  ],
);

/** Somebody put into a segment or left out of it by hand, whatever its rule says. */
export const segmentChoices = pgTable(
  'segment_choices',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    segmentKey: text('segment_key').notNull(),
    choice: text('choice').notNull(),
    note: text('note'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.segmentKey] }),
    index('segment_choices_segment').on(t.workspaceId, t.segmentKey, t.profileId),
    check('segment_choices_choice', sql`${t.choice} in ('in', 'out')`),
  ],
);

/** What a segment is made of, as last worked out: shares, overlap, churn of membership. Names nobody. */
export const segmentInsights = pgTable(
  'segment_insights',
  {
    workspaceId: workspaceId(),
    segmentKey: text('segment_key').notNull(),
    asOf: at('as_of').notNull(),
    body: jsonb('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.segmentKey] })],
);

/** Each segment held against a computation from nothing, as last done: how many should be in, how many should not. */
export const segmentChecks = pgTable(
  'segment_checks',
  {
    workspaceId: workspaceId(),
    segmentKey: text('segment_key').notNull(),
    checkedAt: at('checked_at').notNull(),
    /** The refresh whose result was looked at. */
    asOf: at('as_of').notNull(),
    missing: bigint('missing', { mode: 'number' }).notNull(),
    surplus: bigint('surplus', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.segmentKey] })],
);

/** Some of the people whom the last check of a segment found in the wrong place. */
export const misplacedPeople = pgTable(
  'misplaced_people',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    segmentKey: text('segment_key').notNull(),
    expected: text('expected').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.segmentKey] }),
    index('misplaced_people_segment').on(t.workspaceId, t.segmentKey, t.profileId),
    check('misplaced_people_expected', sql`${t.expected} in ('in', 'out')`),
  ],
);
