import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { contents, metrics, spend } from '../../db/schema/collect-aggregates.ts';

export type SpendRow = {
  sourceId: string;
  day: string;
  campaignId: string;
  campaign: string;
  channel: string;
  cost: string;
  currency: string;
  clicks: number;
  impressions: number;
};
export type ContentRow = {
  sourceId: string;
  externalId: string;
  title: string;
  url: string | null;
  kind: string;
  status: string;
  publishedAt: string | null;
};
export type MetricRow = {
  sourceId: string;
  day: string;
  name: string;
  hash: string;
  dimensions: string;
  value: string;
};

/** The newest report of a day and campaign stands: vendors correct their figures for days afterwards. */
export async function upsertSpend(db: Db, workspaceId: string, rows: SpendRow[]): Promise<void> {
  await db.execute(sql`
    insert into ${spend} as s
           (workspace_id, source_id, day, campaign_id, campaign, channel, cost, currency, clicks, impressions)
    select ${workspaceId}::uuid, g."sourceId", g.day, g."campaignId", g.campaign, g.channel, g.cost, g.currency,
           g.clicks, g.impressions
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           ("sourceId" uuid, day date, "campaignId" text, campaign text, channel text, cost numeric, currency text,
            clicks bigint, impressions bigint)
        on conflict (workspace_id, source_id, day, campaign_id) do update
       set campaign = excluded.campaign, channel = excluded.channel, cost = excluded.cost,
           currency = excluded.currency, clicks = excluded.clicks, impressions = excluded.impressions
     where (s.campaign, s.channel, s.cost, s.currency, s.clicks, s.impressions) is distinct from
           (excluded.campaign, excluded.channel, excluded.cost, excluded.currency, excluded.clicks,
            excluded.impressions)`);
}

/** A post as its source has it now. */
export async function upsertContents(db: Db, workspaceId: string, rows: ContentRow[]): Promise<void> {
  await db.execute(sql`
    insert into ${contents} as c (workspace_id, source_id, external_id, title, url, kind, status, published_at)
    select ${workspaceId}::uuid, g."sourceId", g."externalId", g.title, g.url, g.kind, g.status, g."publishedAt"
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           ("sourceId" uuid, "externalId" text, title text, url text, kind text, status text,
            "publishedAt" timestamptz)
        on conflict (workspace_id, source_id, external_id) do update
       set title = excluded.title, url = excluded.url, kind = excluded.kind, status = excluded.status,
           published_at = excluded.published_at
     where (c.title, c.url, c.kind, c.status, c.published_at) is distinct from
           (excluded.title, excluded.url, excluded.kind, excluded.status, excluded.published_at)`);
}

/** The newest figure of a day and its dimensions stands. */
export async function upsertMetrics(db: Db, workspaceId: string, rows: MetricRow[]): Promise<void> {
  await db.execute(sql`
    insert into ${metrics} as m (workspace_id, source_id, day, name, dimensions_hash, dimensions, value)
    select ${workspaceId}::uuid, g."sourceId", g.day, g.name, g.hash, g.dimensions::jsonb, g.value
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           ("sourceId" uuid, day date, name text, hash text, dimensions text, value numeric)
        on conflict (workspace_id, source_id, day, name, dimensions_hash) do update set value = excluded.value
     where m.value is distinct from excluded.value`);
}
