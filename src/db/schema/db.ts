import { sql } from 'drizzle-orm';
import { bigint, boolean, check, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at } from './columns.ts';

/** One business: its people, sources, segments and time zone. */
export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    /** IANA zone; days, weeks and months of the workspace are its local ones. */
    timezone: text('timezone').notNull(),
    /** ISO 4217. */
    currency: text('currency').notNull(),
    kind: text('kind').notNull(),
    isDemo: boolean('is_demo').notNull().default(false),
    /** Sending defaults, limits, switches; parsed by zod where read. */
    settings: jsonb('settings').notNull().default({}),
    createdAt: at('created_at').notNull(),
  },
  (t) => [check('workspaces_kind', sql`${t.kind} in ('shop', 'saas', 'both')`)],
);

/** Who may do a one-at-a-time job of a workspace, until when. `token` grows with each holder (fencing). */
export const leases = pgTable(
  'leases',
  {
    workspaceId: uuid('workspace_id').notNull(),
    job: text('job').notNull(),
    holder: text('holder').notNull(),
    token: bigint('token', { mode: 'number' }).notNull(),
    until: at('until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.job] })],
);

/** A tick of the schedule that one process won: job, workspace or '', local date or minute. */
export const ticks = pgTable('ticks', {
  key: text('key').primaryKey(),
  job: text('job').notNull(),
  takenAt: at('taken_at').notNull(),
  finishedAt: at('finished_at'),
});

/** What hashes and signatures are made from, sealed by the key of the installation and so outliving each of them. */
export const installationKeys = pgTable('installation_keys', {
  name: text('name').primaryKey(),
  sealed: text('sealed').notNull(),
  madeAt: at('made_at').notNull(),
});
