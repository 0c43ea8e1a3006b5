import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { spend } from '../db/schema/collect-aggregates.ts';
import { facts } from '../db/schema/score.ts';

type Span = { workspaceId: string; from: Date; to: Date; fromDay: string; toDay: string };

export type ChannelSpend = {
  channel: string;
  currency: string;
  cost: string;
  clicks: number;
  impressions: number;
};

/** What the ads cost in a span of days, by channel and currency. */
export async function sumSpendByChannel(db: Db, span: Span): Promise<ChannelSpend[]> {
  const rows = await rowsOf<{
    channel: string;
    currency: string;
    cost: string;
    clicks: string;
    impressions: string;
  }>(
    db,
    sql`select s.channel, s.currency, sum(s.cost)::text as cost, sum(s.clicks) as clicks, sum(s.impressions) as impressions
          from ${spend} s
         where s.workspace_id = ${span.workspaceId} and s.day >= ${span.fromDay} and s.day <= ${span.toDay}
         group by s.channel, s.currency`,
  );
  return rows.map((row) => ({ ...row, clicks: Number(row.clicks), impressions: Number(row.impressions) }));
}

export type ChannelPeople = { channel: string | null; people: number; buyers: number; revenue: string };

/** People by the channel of their first touch: those first seen in the span, and what they have bought since. */
export async function sumAcquiredByChannel(db: Db, span: Span): Promise<ChannelPeople[]> {
  const rows = await rowsOf<{ channel: string | null; people: string; buyers: string; revenue: string }>(
    db,
    sql`select f.first_channel as channel, count(*) as people, count(*) filter (where f.orders > 0) as buyers,
               sum(f.net_revenue)::text as revenue
          from ${facts} f
         where f.workspace_id = ${span.workspaceId} and f.first_seen_at >= ${span.from} and f.first_seen_at < ${span.to}
         group by f.first_channel`,
  );
  return rows.map((row) => ({ ...row, people: Number(row.people), buyers: Number(row.buyers) }));
}

export type CampaignSpend = {
  campaign: string;
  channel: string;
  currency: string;
  cost: string;
  clicks: number;
  impressions: number;
};

/** The costliest campaigns of a span, each in the currency of its account. */
export async function sumSpendByCampaign(db: Db, span: Span): Promise<CampaignSpend[]> {
  const rows = await rowsOf<{
    campaign: string;
    channel: string;
    currency: string;
    cost: string;
    clicks: string;
    impressions: string;
  }>(
    db,
    sql`select s.campaign, s.channel, s.currency, sum(s.cost)::text as cost, sum(s.clicks) as clicks, sum(s.impressions) as impressions
          from ${spend} s
         where s.workspace_id = ${span.workspaceId} and s.day >= ${span.fromDay} and s.day <= ${span.toDay}
         group by s.campaign, s.channel, s.currency
         order by sum(s.cost) desc
         limit 20`,
  );
  return rows.map((row) => ({ ...row, clicks: Number(row.clicks), impressions: Number(row.impressions) }));
}
