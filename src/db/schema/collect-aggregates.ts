import { bigint, date, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { amount, at, workspaceId } from './columns.ts';

/** What sources say that names nobody: costs, contents and figures by day. */

export const spend = pgTable(
  'spend',
  {
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    day: date('day').notNull(),
    campaignId: text('campaign_id').notNull(),
    campaign: text('campaign').notNull(),
    channel: text('channel').notNull(),
    cost: amount('cost').notNull(),
    currency: text('currency').notNull(),
    clicks: bigint('clicks', { mode: 'number' }).notNull(),
    impressions: bigint('impressions', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.sourceId, t.day, t.campaignId] })],
);

/** A post, page or mail of the business: what brings readers. */
export const contents = pgTable(
  'contents',
  {
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    externalId: text('external_id').notNull(),
    title: text('title').notNull(),
    url: text('url'),
    kind: text('kind').notNull(),
    status: text('status').notNull(),
    publishedAt: at('published_at'),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.sourceId, t.externalId] })],
);

/** Aggregates that name nobody, by day and dimensions. */
export const metrics = pgTable(
  'metrics',
  {
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    day: date('day').notNull(),
    name: text('name').notNull(),
    dimensionsHash: text('dimensions_hash').notNull(),
    dimensions: jsonb('dimensions').notNull(),
    value: amount('value').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.sourceId, t.day, t.name, t.dimensionsHash] })],
);
