import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { profiles } from '../db/schema/identify.ts';
import { profileTraits } from '../db/schema/profile.ts';
import { facts } from '../db/schema/score.ts';
import { memberships } from '../db/schema/segment.ts';
import { accountOf } from './accounts.sql.ts';

export type ListedMember = {
  profileId: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  account: string | null;
  country: string | null;
  /** Since when they are in; of a move, when it was. */
  at: Date;
  orders: number;
  netRevenue: string;
};

/** Where a page ended: the entry or move, and the person. */
export type MemberCursor = { at: Date; profileId: string };

export type MemberWish = {
  workspaceId: string;
  key: string;
  asOf: Date | null;
  after: MemberCursor | null;
  limit: number;
};

/** Members now, or as published at an instant, the newest first. Served by memberships_present, then also by memberships_left. */
export async function listMemberRows(db: Db, wish: MemberWish): Promise<ListedMember[]> {
  return await describeEntries(db, entriesOf(wish));
}

/** With what is shown of each person; `entries` gives profile_id, at and workspace_id, a page of them at most. */
export async function describeEntries(db: Db, entries: SQL): Promise<ListedMember[]> {
  const rows = await rowsOf<{
    profile_id: string;
    name: string | null;
    email: string | null;
    phone: string | null;
    country: string | null;
    account: string | null;
    at: Date;
    orders: string | null;
    net_revenue: string | null;
  }>(
    db,
    sql`
    select m.profile_id, t.name, t.email, t.phone, t.country, ${accountOf(sql`m.workspace_id`, sql`m.profile_id`)} as account, m.at, f.orders, f.net_revenue
      from (${entries}) m
      left join ${profileTraits} t on t.workspace_id = m.workspace_id and t.profile_id = m.profile_id
      left join ${facts} f on f.workspace_id = m.workspace_id and f.profile_id = m.profile_id
     order by m.at desc, m.profile_id desc`,
  );
  return rows.map((row) => ({
    profileId: row.profile_id,
    name: row.name,
    email: row.email,
    phone: row.phone,
    country: row.country,
    account: row.account,
    at: new Date(row.at),
    orders: Number(row.orders ?? 0),
    netRevenue: row.net_revenue ?? '0',
  }));
}

/** Each half by its own index: with an `or` between them all members are read and sorted for a page of fifty. */
function entriesOf(wish: MemberWish): SQL {
  const { asOf, limit } = wish;
  if (!asOf) return newestEntries(wish, sql`m.left_at is null`);
  const still = newestEntries(wish, sql`m.left_at is null and m.entered_at <= ${asOf}`);
  const gone = newestEntries(wish, sql`m.left_at > ${asOf} and m.entered_at <= ${asOf}`);
  return sql`select * from (${still} union all ${gone}) n order by n.at desc, n.profile_id desc limit ${limit}`;
}

function newestEntries({ workspaceId, key, after, limit }: MemberWish, which: SQL): SQL {
  const follows = after
    ? sql`(m.entered_at, m.profile_id) < (${after.at}::timestamptz, ${after.profileId}::uuid)`
    : sql`true`;
  return sql`(
    select m.profile_id, m.entered_at as at, m.workspace_id from ${memberships} m
     where m.workspace_id = ${workspaceId} and m.segment_key = ${key} and ${which} and ${follows}
     order by m.entered_at desc, m.profile_id desc limit ${limit})`;
}

/** Names and addresses of a handful of people, in the order asked for. */
export async function loadPeopleRows(
  db: Db,
  workspaceId: string,
  profileIds: string[],
): Promise<Pick<ListedMember, 'profileId' | 'name' | 'email' | 'phone' | 'account'>[]> {
  const rows = await rowsOf<{
    profile_id: string;
    name: string | null;
    email: string | null;
    phone: string | null;
    account: string | null;
  }>(
    db,
    sql`select p.id as profile_id, t.name, t.email, t.phone, ${accountOf(sql`p.workspace_id`, sql`p.id`)} as account
          from ${profiles} p
          left join ${profileTraits} t on t.workspace_id = p.workspace_id and t.profile_id = p.id
         where p.workspace_id = ${workspaceId} and p.id = any(${sql.param(profileIds)}::uuid[])`,
  );
  const known = new Map(rows.map((row) => [row.profile_id, row]));
  return profileIds.map((id) => ({
    profileId: id,
    name: known.get(id)?.name ?? null,
    email: known.get(id)?.email ?? null,
    phone: known.get(id)?.phone ?? null,
    account: known.get(id)?.account ?? null,
  }));
}
