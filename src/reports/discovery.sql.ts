import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { sources } from '../db/schema/collect.ts';
import { metrics } from '../db/schema/collect-aggregates.ts';

/** Local days, first and last. */
export type DaySpan = { workspaceId: string; fromDay: string; toDay: string };

export type SearchDay = { day: string; clicks: number; impressions: number };

/** Everything Google counted by day, rare searches too. By primary key: source, day. */
export async function sumSearchesByDay(db: Db, span: DaySpan): Promise<SearchDay[]> {
  const rows = await rowsOf<{ day: string; clicks: string; impressions: string }>(
    db,
    sql`select m.day::text as day, coalesce(sum(m.value) filter (where m.name = 'search_clicks'), 0) as clicks,
               coalesce(sum(m.value) filter (where m.name = 'search_impressions'), 0) as impressions
          from ${sources} s
          join ${metrics} m on m.workspace_id = ${span.workspaceId} and m.source_id = s.id
           and m.day >= ${span.fromDay} and m.day <= ${span.toDay}
         where s.workspace_id = ${span.workspaceId} and s.connector = 'search-console'
           and m.dimensions->>'by' = 'day'
         group by m.day`,
  );
  return rows.map((row) => ({
    day: row.day,
    clicks: Number(row.clicks),
    impressions: Number(row.impressions),
  }));
}

export type FoundBy = { name: string; clicks: number; impressions: number; position: number };

/** The searches, or the pages found, with most clicks. A position counts as often as it was shown. */
export async function findTopSearches(
  db: Db,
  span: DaySpan,
  wish: { by: 'query' | 'page'; limit: number },
): Promise<FoundBy[]> {
  const rows = await rowsOf<{ name: string; clicks: string; impressions: string; position: string }>(
    db,
    sql`
      with shown as (
        select coalesce(m.dimensions->>'query', m.dimensions->>'page') as name,
               coalesce(sum(m.value) filter (where m.name = 'search_clicks'), 0) as clicks,
               coalesce(sum(m.value) filter (where m.name = 'search_impressions'), 0) as impressions,
               coalesce(max(m.value) filter (where m.name = 'search_position'), 0) as position
          from ${sources} s
          join ${metrics} m on m.workspace_id = ${span.workspaceId} and m.source_id = s.id
           and m.day >= ${span.fromDay} and m.day <= ${span.toDay}
         where s.workspace_id = ${span.workspaceId} and s.connector = 'search-console'
           and m.dimensions->>'by' = ${wish.by}
         group by s.id, m.day, coalesce(m.dimensions->>'query', m.dimensions->>'page')
      )
      select name, sum(clicks) as clicks, sum(impressions) as impressions,
             coalesce(sum(position * impressions) / nullif(sum(impressions), 0), 0) as position
        from shown
       group by name
       order by sum(clicks) desc, sum(impressions) desc, name
       limit ${wish.limit}`,
  );
  return rows.map((row) => ({
    name: row.name,
    clicks: Number(row.clicks),
    impressions: Number(row.impressions),
    position: Number(row.position),
  }));
}

export type ChannelSessions = { channel: string; sessions: number };

/** Sessions by the channel Google Analytics put them under. */
export async function sumSessionsByChannel(db: Db, span: DaySpan): Promise<ChannelSessions[]> {
  const rows = await rowsOf<{ channel: string; sessions: string }>(
    db,
    sql`select m.dimensions->>'channel' as channel, sum(m.value) as sessions
          from ${sources} s
          join ${metrics} m on m.workspace_id = ${span.workspaceId} and m.source_id = s.id
           and m.day >= ${span.fromDay} and m.day <= ${span.toDay} and m.name = 'sessions'
         where s.workspace_id = ${span.workspaceId} and s.connector = 'google-analytics'
         group by m.dimensions->>'channel'
        having sum(m.value) > 0
         order by sum(m.value) desc, m.dimensions->>'channel'
         limit 12`,
  );
  return rows.map((row) => ({ channel: row.channel, sessions: Number(row.sessions) }));
}

/** On how many days Google Analytics says that its figures are not whole, by why. */
export async function countFlaggedDays(db: Db, span: DaySpan): Promise<Record<string, number>> {
  const rows = await rowsOf<{ flag: string; days: string }>(
    db,
    sql`select m.dimensions->>'flag' as flag, count(distinct m.day) as days
          from ${sources} s
          join ${metrics} m on m.workspace_id = ${span.workspaceId} and m.source_id = s.id
           and m.day >= ${span.fromDay} and m.day <= ${span.toDay} and m.name = 'sessions_flags'
         where s.workspace_id = ${span.workspaceId} and s.connector = 'google-analytics' and m.value > 0
         group by m.dimensions->>'flag'`,
  );
  return Object.fromEntries(rows.map(({ flag, days }) => [flag, Number(days)]));
}
