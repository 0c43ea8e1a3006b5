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
  varchar,
} from 'drizzle-orm/pg-core';
import { at } from './columns.ts';

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** Lower case. */
    email: text('email').notNull(),
    name: text('name').notNull(),
    passwordHash: text('password_hash').notNull(),
    totpSealed: text('totp_sealed'),
    /** Another with each turning on, and the same however often the secret is sealed again. */
    totpMark: text('totp_mark'),
    totpLastStep: bigint('totp_last_step', { mode: 'number' }),
    recoveryHashes: text('recovery_hashes').array().notNull().default([]),
    isDisabled: boolean('is_disabled').notNull().default(false),
    createdAt: at('created_at').notNull(),
    lastSeenAt: at('last_seen_at'),
  },
  (t) => [uniqueIndex('users_email').on(t.email)],
);

export const workspaceUsers = pgTable(
  'workspace_users',
  {
    workspaceId: uuid('workspace_id').notNull(),
    userId: uuid('user_id').notNull(),
    role: text('role').notNull(),
    createdAt: at('created_at').notNull(),
    lastVisitAt: at('last_visit_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.userId] }),
    index('workspace_users_user').on(t.userId),
    check('workspace_users_role', sql`${t.role} in ('viewer', 'marketer', 'admin')`),
  ],
);

/** A link that opens an account or a new password: single use, kept as a hash. */
export const invitations = pgTable('invitations', {
  id: uuid('id').primaryKey(),
  workspaceId: uuid('workspace_id'),
  userId: uuid('user_id'),
  purpose: text('purpose').notNull(),
  email: text('email').notNull(),
  role: text('role'),
  tokenHash: text('token_hash').notNull(),
  createdBy: uuid('created_by'),
  createdAt: at('created_at').notNull(),
  expiresAt: at('expires_at').notNull(),
  usedAt: at('used_at'),
});

/** connect-pg-simple's table; `user_id` beside it so that one person's sessions can be ended. */
export const sessions = pgTable(
  'sessions',
  {
    sid: varchar('sid').primaryKey(),
    sess: jsonb('sess').notNull(),
    expire: at('expire').notNull(),
  },
  (t) => [index('sessions_expire').on(t.expire)],
);

/** Keys of machines: `write` only writes events, `api` acts as a marketer. Kept as a hash, shown once. */
export const keys = pgTable(
  'keys',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    kind: text('kind').notNull(),
    name: text('name').notNull(),
    hash: text('hash').notNull(),
    lastFour: text('last_four').notNull(),
    /** The source that events written with this key belong to. */
    sourceId: uuid('source_id'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
    lastUsedAt: at('last_used_at'),
    revokedAt: at('revoked_at'),
  },
  (t) => [uniqueIndex('keys_hash').on(t.hash), check('keys_kind', sql`${t.kind} in ('write', 'api')`)],
);

/** Who did what, when and from where; append-only for the web role. Never the value of a secret. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id'),
    userId: uuid('user_id'),
    /** Constant verb and noun: `login.succeeded`, `source.created`. */
    action: text('action').notNull(),
    subject: text('subject'),
    details: jsonb('details').notNull().default({}),
    address: text('address'),
    at: at('at').notNull(),
  },
  (t) => [index('audit_entries_workspace').on(t.workspaceId, t.at)],
);

/** rate-limiter-flexible's table: failures by account and by address, shared by all processes. */
export const rateLimits = pgTable('rate_limits', {
  key: varchar('key', { length: 255 }).primaryKey(),
  points: integer('points').notNull().default(0),
  expire: bigint('expire', { mode: 'number' }),
});
