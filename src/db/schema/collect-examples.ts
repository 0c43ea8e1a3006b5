import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, workspaceId } from './columns.ts';

/**
 * The last of each shape of what a source sent, for the page that says what its fields mean. By id only: the words
 * lie in raw_events, where retention and erasure find them.
 */
export const sourceExamples = pgTable(
  'source_examples',
  {
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    /** Hash of the names of its fields, so that two kinds of messages do not push each other out. */
    shape: text('shape').notNull(),
    rawEventId: uuid('raw_event_id').notNull(),
    seenAt: at('seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.sourceId, t.shape] })],
);
