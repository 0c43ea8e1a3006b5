import { type SQL, sql } from 'drizzle-orm';
import { profileAliases } from '../../db/schema/identify.ts';
import { memberships } from '../../db/schema/segment.ts';
import { type AskedMoment, lookAt } from './moment.ts';
import { openQuery } from './query.sql.ts';
import { type Asked, verdictSql } from './verdicts.sql.ts';

/**
 * Rows (profile_id) of who was in a segment at a moment, as published then; whoever joined another profile since is
 * found as whom they joined. Served by memberships_present and memberships_left.
 */
export function publishedThen(moment: AskedMoment, key: string): SQL {
  const at = sql`${moment.asOf.toISOString()}::timestamptz`;
  return sql`
    select distinct coalesce(a.profile_id, m.profile_id) as profile_id
      from ${memberships} m
      left join ${profileAliases} a on a.workspace_id = m.workspace_id and a.alias_id = m.profile_id
     where m.workspace_id = ${moment.workspace.id} and m.segment_key = ${key}
       and m.entered_at <= ${at} and (m.left_at is null or m.left_at > ${at})`;
}

/**
 * Rows (profile_id) of whom a rule matches at a moment, among the people known by then: events, consents and traits up
 * to it, choices by hand of now. Without that, a rule of what people did not do would match whoever came later.
 */
export function matchedThen(moment: AskedMoment, asked: Asked): SQL {
  const looking = lookAt(moment);
  const opened = openQuery(looking);
  const holds = verdictSql(looking, asked, opened.query);
  return sql`
    select p.id as profile_id ${opened.from()} and p.workspace_id = ${moment.workspace.id}
       and p.first_seen_at <= ${moment.asOf.toISOString()}::timestamptz and ${holds}`;
}
