import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { at, profileId, workspaceId } from './columns.ts';

/** The traits of a person as shown and used in rules: of each name the newest value. Typed columns for lists. */
export const profileTraits = pgTable(
  'profile_traits',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    traits: jsonb('traits').notNull(),
    email: text('email'),
    phone: text('phone'),
    name: text('name'),
    country: text('country'),
    updatedAt: at('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.profileId] })],
);

/**
 * For each trait and source the value, when it last changed, and the identifier it arrived with
 * (a trait goes where that identifier goes). Kept as history: of a run of equal values the first and the last.
 */
export const traitValues = pgTable(
  'trait_values',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    name: text('name').notNull(),
    sourceId: uuid('source_id').notNull(),
    viaKind: text('via_kind').notNull(),
    viaValue: text('via_value').notNull(),
    changedAt: at('changed_at').notNull(),
    value: jsonb('value'),
    /** True for the first of the last run: the value that holds, and since when. */
    isCurrent: boolean('is_current').notNull(),
  },
  (t) => [
    primaryKey({
      columns: [t.workspaceId, t.profileId, t.name, t.sourceId, t.viaKind, t.viaValue, t.changedAt],
    }),
  ],
);

/** Traits and facts that are dates, so that time alone can be looked up by index. */
export const datedValues = pgTable(
  'dated_values',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    /** `trait:trialEndsAt`, `fact:last_order_at`. */
    name: text('name').notNull(),
    /** Position in a list; 0 for a single value. */
    ordinal: smallint('ordinal').notNull().default(0),
    at: at('at').notNull(),
    month: smallint('month').notNull(),
    day: smallint('day').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.name, t.ordinal] }),
    index('dated_values_at').on(t.workspaceId, t.name, t.at),
    index('dated_values_day').on(t.workspaceId, t.name, t.month, t.day),
  ],
);

/** Every decision a person made; the state is a function of all of them. Never updated. */
export const consents = pgTable(
  'consents',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    id: uuid('id').notNull(),
    channel: text('channel').notNull(),
    /** null: the whole channel. */
    topic: text('topic'),
    state: text('state').notNull(),
    decidedAt: at('decided_at'),
    receivedAt: at('received_at').notNull(),
    sourceId: uuid('source_id'),
    viaKind: text('via_kind').notNull(),
    viaValue: text('via_value').notNull(),
    proof: jsonb('proof').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId, t.id] }),
    index('consents_decided').on(t.workspaceId, t.decidedAt),
    index('consents_received').on(t.workspaceId, t.receivedAt),
    check('consents_state', sql`${t.state} in ('granted', 'withdrawn')`),
  ],
);
