import { type SQL, sql } from 'drizzle-orm';
import { withoutLoops } from '../db/planning.ts';
import { type Db, rowsOf } from '../db/pool.ts';
import { profiles } from '../db/schema/identify.ts';
import { facts } from '../db/schema/score.ts';
import { memberships, segmentSizes } from '../db/schema/segment.ts';
import type { Figures, InsightBody } from '../flow/segment/insights.ts';

type Wish = { workspaceId: string; key: string };

/** Money, orders and letters of the members: of all of them, not of a sample. */
export async function readMemberFigures(db: Db, wish: Wish): Promise<Figures> {
  const inside = sql`and p.id in (select m.profile_id from ${memberships} m
    where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key} and m.left_at is null)`;
  return await readFigures(db, wish.workspaceId, inside);
}

export async function readEveryonesFigures(db: Db, workspaceId: string): Promise<Figures> {
  return await readFigures(db, workspaceId, sql``);
}

async function readFigures(db: Db, workspaceId: string, which: SQL): Promise<Figures> {
  const statement = sql`
    select count(*) as people, coalesce(sum(f.net_revenue), 0)::text as revenue, coalesce(sum(f.orders), 0)::text as orders,
           count(*) filter (where f.orders > 0) as buyers, count(*) filter (where f.orders > 1) as repeaters,
           count(*) filter (where f.emails_sent > 0) as mailed,
           -- a share of those who got one: not every mail system tells of what it sends
           count(*) filter (where f.emails_sent > 0 and f.emails_opened > 0) as openers,
           count(*) filter (where f.emails_sent > 0 and f.emails_clicked > 0) as clickers
      from ${profiles} p left join ${facts} f on f.workspace_id = p.workspace_id and f.profile_id = p.id
     where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null ${which}`;
  const [row] = await withoutLoops(
    db,
    async (tx) => await rowsOf<Record<keyof Figures, string>>(tx, statement),
  );
  const number = (name: keyof Figures) => Number(row?.[name] ?? 0);
  return {
    people: number('people'),
    revenue: row?.revenue ?? '0',
    orders: number('orders'),
    buyers: number('buyers'),
    repeaters: number('repeaters'),
    mailed: number('mailed'),
    openers: number('openers'),
    clickers: number('clickers'),
  };
}

/** In which other segments the members are, the most shared first. Served by memberships_present. */
export async function countOverlaps(db: Db, wish: Wish): Promise<InsightBody['overlaps']> {
  const statement = sql`
    with members as materialized (
      select m.profile_id from ${memberships} m
       where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key} and m.left_at is null
    )
    select o.segment_key as key, count(*) as size, count(i.profile_id) as both
      from ${memberships} o left join members i on i.profile_id = o.profile_id
     where o.workspace_id = ${wish.workspaceId} and o.segment_key <> ${wish.key} and o.left_at is null
     group by o.segment_key
    having count(i.profile_id) > 0
     order by count(i.profile_id) desc, o.segment_key
     limit 500`;
  const rows = await withoutLoops(
    db,
    async (tx) => await rowsOf<{ key: string; both: string; size: string }>(tx, statement),
  );
  return rows.map((row) => ({ key: row.key, both: Number(row.both), size: Number(row.size) }));
}

/**
 * Who came in during a span, and how many of them had left again within 30 days. The first count of a segment moved
 * nobody and is left out. Who came in since has not left before: served by memberships_present and memberships_left.
 */
export async function countChurn(
  db: Db,
  wish: Wish & { from: Date; to: Date },
): Promise<InsightBody['churn']> {
  const [row] = await rowsOf<{ entered: string; left_soon: string }>(
    db,
    sql`
    select count(*) as entered, count(*) filter (where m.left_at < m.entered_at + interval '30 days') as left_soon
      from ${memberships} m
     where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key}
       and m.entered_at >= ${wish.from} and m.entered_at < ${wish.to} and (m.left_at is null or m.left_at >= ${wish.from})
       and m.entered_at > (select min(z.as_of) from ${segmentSizes} z
                            where z.workspace_id = ${wish.workspaceId} and z.segment_key = ${wish.key})`,
  );
  return { entered: Number(row?.entered ?? 0), leftSoon: Number(row?.left_soon ?? 0) };
}
