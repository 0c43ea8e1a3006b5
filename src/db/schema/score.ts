import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { amount, at, profileId, workspaceId } from './columns.ts';

/** The computed facts of a person; names are those of the rule language. */
export const facts = pgTable(
  'facts',
  {
    workspaceId: workspaceId(),
    profileId: profileId(),
    orders: bigint('orders', { mode: 'number' }).notNull().default(0),
    netRevenue: amount('net_revenue').notNull().default('0'),
    grossRevenue: amount('gross_revenue').notNull().default('0'),
    averageOrder: amount('average_order'),
    orderGapDays: amount('order_gap_days'),
    firstOrderAt: at('first_order_at'),
    lastOrderAt: at('last_order_at'),
    sessions: bigint('sessions', { mode: 'number' }).notNull().default(0),
    pageViews: bigint('page_views', { mode: 'number' }).notNull().default(0),
    emailsSent: bigint('emails_sent', { mode: 'number' }).notNull().default(0),
    emailsOpened: bigint('emails_opened', { mode: 'number' }).notNull().default(0),
    emailsClicked: bigint('emails_clicked', { mode: 'number' }).notNull().default(0),
    lastOpenedAt: at('last_opened_at'),
    signedUpAt: at('signed_up_at'),
    firstSeenAt: at('first_seen_at'),
    lastSeenAt: at('last_seen_at'),
    firstChannel: text('first_channel'),
    lastChannel: text('last_channel'),
    firstCampaign: text('first_campaign'),
    lastCampaign: text('last_campaign'),
    rfmR: smallint('rfm_r'),
    rfmF: smallint('rfm_f'),
    rfmM: smallint('rfm_m'),
    rfmGroup: text('rfm_group'),
    rfmGroupBefore: text('rfm_group_before'),
    /** As of the last scoring; the segments read orders and last_order_at with the limits. */
    lifecycle: text('lifecycle'),
    expectedOrders90d: amount('expected_orders_90d'),
    churnRisk90d: amount('churn_risk_90d'),
    predictedValue12m: amount('predicted_value_12m'),
    updatedAt: at('updated_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.profileId] }),
    // Whom the passing of time moves is a range of an index. None of what a visit changes: such a row stays in its page.
    index('facts_first_order').on(t.workspaceId, t.firstOrderAt),
    index('facts_signed_up').on(t.workspaceId, t.signedUpAt),
    index('facts_first_seen').on(t.workspaceId, t.firstSeenAt),
  ],
);

/** One scoring of a workspace: the lifecycle limits and RFM cut points that held from then on. */
export const scorings = pgTable(
  'scorings',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    asOf: at('as_of').notNull(),
    buyers: integer('buyers').notNull(),
    /** How many buyers were won or lost since, so that nobody has to count everyone. */
    buyersSince: integer('buyers_since').notNull().default(0),
    /** [{row: '0'|'1'|'2'|'3plus', activeDays, atRiskDays, basis: 'percentiles'|'mean'|'assumed'|'edited', gaps}] */
    limits: jsonb('limits').notNull(),
    /** {r: [iso x 4], f: [n x 4], m: [decimal x 4]} or null with the reason in `rfmReason`. */
    cutPoints: jsonb('cut_points'),
    rfmReason: text('rfm_reason'),
    /** The gaps behind the limits: {row: [[whole days, how many], ...]}; null for scorings before they were kept. */
    gapDays: jsonb('gap_days'),
    finishedAt: at('finished_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.id] }), index('scorings_as_of').on(t.workspaceId, t.asOf)],
);

/** A model's fit and how it did on a held-back period. */
export const predictions = pgTable(
  'predictions',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    model: text('model').notNull(),
    asOf: at('as_of').notNull(),
    parameters: jsonb('parameters').notNull(),
    accuracy: jsonb('accuracy').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.id] })],
);
