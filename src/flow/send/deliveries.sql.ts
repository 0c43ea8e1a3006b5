import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { deliveries } from '../../db/schema/send.ts';
import { withTimes } from '../../db/times.ts';

type Mark = 'opened_at' | 'clicked_at' | 'unsubscribed_at';

/** The first time counts. May run twice. Served by deliveries_id. */
export async function noteDelivery(
  db: Db,
  owner: { workspaceId: string; deliveryId: string },
  mark: { column: Mark; at: Date },
): Promise<void> {
  const set: Record<Mark, SQL> = {
    opened_at: sql`opened_at = coalesce(opened_at, ${mark.at.toISOString()}::timestamptz)`,
    // Who clicked has opened it, though their program may have loaded no picture.
    clicked_at: sql`clicked_at = coalesce(clicked_at, ${mark.at.toISOString()}::timestamptz),
                    opened_at = coalesce(opened_at, ${mark.at.toISOString()}::timestamptz)`,
    unsubscribed_at: sql`unsubscribed_at = coalesce(unsubscribed_at, ${mark.at.toISOString()}::timestamptz)`,
  };
  await db.execute(sql`
    update ${deliveries} set ${set[mark.column]}
     where workspace_id = ${owner.workspaceId} and id = ${owner.deliveryId} and status in ('sent', 'sending', 'unknown')`);
}

export type DeliveryCounts = {
  campaign_id: string;
  status: string;
  reason: string | null;
  count: number;
  opened: number;
  clicked: number;
  unsubscribed: number;
  bounced: number;
};

/** How the deliveries of some campaigns stand, by status and reason. Served by deliveries_campaign. */
export async function countDeliveries(
  db: Db,
  workspaceId: string,
  campaignIds: string[],
): Promise<DeliveryCounts[]> {
  const rows = await rowsOf<Record<keyof DeliveryCounts, string>>(
    db,
    sql`select campaign_id, status, case when status = 'skipped' then reason end as reason, count(*) as count,
               count(opened_at) as opened, count(clicked_at) as clicked, count(unsubscribed_at) as unsubscribed,
               count(bounced_at) as bounced
          from ${deliveries}
         where workspace_id = ${workspaceId} and campaign_id = any(${sql.param(campaignIds)}::uuid[])
         group by campaign_id, status, case when status = 'skipped' then reason end`,
  );
  return rows.map((row) => ({
    ...row,
    count: Number(row.count),
    opened: Number(row.opened),
    clicked: Number(row.clicked),
    unsubscribed: Number(row.unsubscribed),
    bounced: Number(row.bounced),
  }));
}

export type DeliveryRow = {
  id: string;
  profileId: string;
  name: string | null;
  address: string | null;
  status: string;
  reason: string | null;
  sentAt: Date | null;
  openedAt: Date | null;
  clickedAt: Date | null;
  messageId: string | null;
};

export type DeliveryFilter = {
  campaignId: string;
  status?: string | undefined;
  reason?: string | undefined;
  /** Only those with this mark. */
  mark?: 'opened' | 'clicked' | 'unsubscribed' | 'bounced' | undefined;
};

const MARKS = {
  opened: sql`d.opened_at is not null`,
  clicked: sql`d.clicked_at is not null`,
  unsubscribed: sql`d.unsubscribed_at is not null`,
  bounced: sql`d.bounced_at is not null`,
};

/** A page of a campaign's deliveries by profile id. Served by deliveries_campaign. */
export async function selectDeliveries(
  db: Db,
  workspaceId: string,
  filter: DeliveryFilter,
  page: { after: string; limit: number },
): Promise<DeliveryRow[]> {
  const rows = await rowsOf<Record<keyof DeliveryRow, string>>(
    db,
    sql`select d.id, d.profile_id as "profileId", t.name, d.address, d.status, d.reason, d.sent_at as "sentAt",
               d.opened_at as "openedAt", d.clicked_at as "clickedAt", d.message_id as "messageId"
          from ${deliveries} d
          left join ${profileTraits} t on t.workspace_id = d.workspace_id and t.profile_id = d.profile_id
         where d.workspace_id = ${workspaceId} and d.campaign_id = ${filter.campaignId} and d.profile_id > ${page.after}::uuid
           and ${filter.status ? sql`d.status = ${filter.status}` : sql`true`}
           and ${filter.reason ? sql`d.reason = ${filter.reason}` : sql`true`}
           and ${filter.mark ? MARKS[filter.mark] : sql`true`}
         order by d.profile_id limit ${page.limit}`,
  );
  return withTimes(rows, 'sentAt', 'openedAt', 'clickedAt') as unknown as DeliveryRow[];
}
