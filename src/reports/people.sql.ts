import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { events, profiles, records } from '../db/schema/identify.ts';
import { profileTraits } from '../db/schema/profile.ts';
import { facts } from '../db/schema/score.ts';
import { memberships, segments } from '../db/schema/segment.ts';
import { campaigns, deliveries } from '../db/schema/send.ts';
import { withTimes } from '../db/times.ts';
import { accountOf } from './accounts.sql.ts';

export type PersonRow = {
  id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  /** What the business itself calls them: its account id. */
  account: string | null;
  country: string | null;
  lastSeenAt: Date | null;
  orders: number;
  netRevenue: string;
  lifecycle: string | null;
};
export type PeopleFilter = {
  segment?: string | undefined;
  source?: string | undefined;
  lifecycle?: string | undefined;
  email?: 'yes' | 'no' | undefined;
};
export type PeopleWish = PeopleFilter & {
  sort: 'seen' | 'revenue';
  /** What the last row of the page before was sorted by, and its id. */
  after?: { value: string; id: string } | undefined;
  limit: number;
};

type RawPerson = Omit<PersonRow, 'lastSeenAt' | 'orders'> & { lastSeenAt: string | null; orders: string };

const columns = sql`p.id, t.name, t.email, t.phone, t.country, p.last_seen_at as "lastSeenAt",
  ${accountOf(sql`p.workspace_id`, sql`p.id`)} as account,
  coalesce(f.orders, 0) as orders, coalesce(f.net_revenue, 0) as "netRevenue", f.lifecycle`;
const from = sql`${profiles} p
  left join ${profileTraits} t on t.workspace_id = p.workspace_id and t.profile_id = p.id
  left join ${facts} f on f.workspace_id = p.workspace_id and f.profile_id = p.id`;

/** People a page at a time by key, last seen first (profiles_last_seen) or by net revenue. */
export async function listPeople(db: Db, workspaceId: string, wish: PeopleWish): Promise<PersonRow[]> {
  const revenue = sql`coalesce(f.net_revenue, 0)`;
  const follows =
    wish.after === undefined
      ? sql`true`
      : wish.sort === 'seen'
        ? sql`(p.last_seen_at, p.id) < (${wish.after.value}::timestamptz, ${wish.after.id}::uuid)`
        : sql`(${revenue}, p.id) < (${wish.after.value}::numeric, ${wish.after.id}::uuid)`;
  const order = wish.sort === 'seen' ? sql`p.last_seen_at desc, p.id desc` : sql`${revenue} desc, p.id desc`;
  const rows = await rowsOf<RawPerson>(
    db,
    sql`select ${columns} from ${from}
         where ${isFound(workspaceId, wish)} and ${follows}
         order by ${order}
         limit ${wish.limit}`,
  );
  return rows.map(toPerson);
}

/** How many there are, counted up to `cap`: no page costs more because there are more people. */
export async function countPeople(
  db: Db,
  workspaceId: string,
  wish: PeopleFilter,
  cap: number,
): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(
    db,
    sql`select count(*) as count
          from (select 1 from ${from} where ${isFound(workspaceId, wish)} limit ${cap}) found`,
  );
  return Number(row?.count ?? 0);
}

/**
 * People whose name, address or phone holds some text. Served by profile_traits_search on the pipeline's
 * connection only: under row-level security Postgres does not use an index for `like`.
 */
export async function searchPeople(
  db: Db,
  workspaceId: string,
  text: string,
  limit: number,
): Promise<PersonRow[]> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const rows = await rowsOf<RawPerson>(
    db,
    sql`select ${columns} from ${from}
         where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null
           and lower(coalesce(t.name, '') || ' ' || coalesce(t.email, '') || ' ' || coalesce(t.phone, '')) like ${pattern}
         order by p.last_seen_at desc, p.id desc
         limit ${limit}`,
  );
  return rows.map(toPerson);
}

/** Some people as rows of the list. */
export async function loadPeople(db: Db, workspaceId: string, ids: string[]): Promise<PersonRow[]> {
  const rows = await rowsOf<RawPerson>(
    db,
    sql`select ${columns} from ${from}
         where p.workspace_id = ${workspaceId} and p.id = any(${sql.param(ids)}::uuid[])
           and p.merged_into is null and p.erased_at is null`,
  );
  return rows.map(toPerson);
}

/** What a person is in now, since when. Served by the primary key of memberships. */
export async function listPresentSegments(db: Db, workspaceId: string, profileId: string) {
  const rows = await rowsOf<{ key: string; name: string; kind: string; enteredAt: string }>(
    db,
    sql`select m.segment_key as key, s.name, s.kind, m.entered_at as "enteredAt"
          from ${memberships} m
          join ${segments} s on s.workspace_id = m.workspace_id and s.key = m.segment_key
         where m.workspace_id = ${workspaceId} and m.profile_id = ${profileId} and m.left_at is null
         order by m.entered_at desc, m.segment_key
         limit 500`,
  );
  return withTimes(rows, 'enteredAt');
}

/** Messages a person received, or why they did not, the newest first. Served by the primary key of deliveries. */
export async function listMessagesOf(db: Db, workspaceId: string, profileId: string) {
  const rows = await rowsOf<{
    campaignId: string;
    campaign: string;
    status: string;
    reason: string | null;
    at: string;
    openedAt: string | null;
    clickedAt: string | null;
  }>(
    db,
    sql`select d.campaign_id as "campaignId", c.name as campaign, d.status, d.reason,
               coalesce(d.sent_at, d.due_at) as at, d.opened_at as "openedAt", d.clicked_at as "clickedAt"
          from ${deliveries} d
          join ${campaigns} c on c.workspace_id = d.workspace_id and c.id = d.campaign_id
         where d.workspace_id = ${workspaceId} and d.profile_id = ${profileId}
         order by coalesce(d.sent_at, d.due_at) desc, d.campaign_id
         limit 100`,
  );
  return withTimes(rows, 'at', 'openedAt', 'clickedAt');
}

function isFound(workspaceId: string, filter: PeopleFilter) {
  const conditions = [sql`p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null`];
  if (filter.segment !== undefined)
    conditions.push(sql`p.id in (select m.profile_id from ${memberships} m
      where m.workspace_id = ${workspaceId} and m.segment_key = ${filter.segment} and m.left_at is null)`);
  if (filter.lifecycle !== undefined) conditions.push(sql`f.lifecycle = ${filter.lifecycle}`);
  if (filter.email === 'yes') conditions.push(sql`t.email is not null`);
  if (filter.email === 'no') conditions.push(sql`t.email is null`);
  if (filter.source !== undefined)
    conditions.push(sql`(exists (select 1 from ${records} r where r.workspace_id = ${workspaceId}
        and r.profile_id = p.id and r.source_id = ${filter.source}::uuid)
      or exists (select 1 from ${events} e where e.workspace_id = ${workspaceId}
        and e.profile_id = p.id and e.source_id = ${filter.source}::uuid))`);
  return sql.join(conditions, sql` and `);
}

function toPerson(row: RawPerson): PersonRow {
  return {
    ...row,
    orders: Number(row.orders),
    lastSeenAt: row.lastSeenAt === null ? null : new Date(row.lastSeenAt),
  };
}

/** The segments that have a result, for a filter. */
export async function listSegmentChoices(db: Db, workspaceId: string) {
  return await rowsOf<{ key: string; name: string }>(
    db,
    sql`select key, name from ${segments}
         where workspace_id = ${workspaceId} and removed_at is null and is_enabled and computed_version is not null
         order by name, key
         limit 500`,
  );
}

/** Segments and campaigns by a part of their name: there are hundreds at most. */
export async function searchNames(db: Db, workspaceId: string, text: string) {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return await rowsOf<{ area: 'segments' | 'messages'; key: string; name: string }>(
    db,
    sql`select * from (
          (select 'segments' as area, key, name from ${segments}
            where workspace_id = ${workspaceId} and removed_at is null and name ilike ${pattern} order by name limit 20)
          union all
          (select 'messages', id::text, name from ${campaigns}
            where workspace_id = ${workspaceId} and name ilike ${pattern} order by created_at desc limit 20)
        ) found`,
  );
}
