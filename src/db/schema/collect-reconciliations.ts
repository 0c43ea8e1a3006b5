import { sql } from 'drizzle-orm';
import { check, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { amount, at, workspaceId } from './columns.ts';

/** What a vendor counts by itself beside what we hold of it: one row a day and figure, as last compared. */
export const reconciliations = pgTable(
  'reconciliations',
  {
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    stream: text('stream').notNull(),
    figure: text('figure').notNull(),
    /** YYYY-MM-DD; '' is a state as of the time of the check. */
    day: text('day').notNull(),
    /** '' for what is no money. */
    currency: text('currency').notNull(),
    theirs: amount('theirs').notNull(),
    ours: amount('ours').notNull(),
    state: text('state').notNull(),
    checkedAt: at('checked_at').notNull(),
    /** By how much it differed when somebody said that they know why; it warns again once it differs otherwise. */
    knownGap: amount('known_gap'),
    knownBy: uuid('known_by'),
    knownAt: at('known_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.sourceId, t.stream, t.figure, t.day, t.currency] }),
    check('reconciliations_state', sql`${t.state} in ('equal', 'moving', 'drift')`),
  ],
);
