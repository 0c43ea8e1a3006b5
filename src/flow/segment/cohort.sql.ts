import { type SQL, sql } from 'drizzle-orm';
import { memberships } from '../../db/schema/segment.ts';
import { type AskedMoment, lookAt } from './moment.ts';
import { openQuery } from './query.sql.ts';
import { compile } from './rules/compile.sql.ts';
import type { Node } from './rules/node.ts';

/** Rows (profile_id) of who was in a segment at a moment, as published then. Served by memberships_entered. */
export function publishedThen(moment: AskedMoment, key: string): SQL {
  const at = sql`${moment.asOf.toISOString()}::timestamptz`;
  return sql`
    select distinct m.profile_id from ${memberships} m
     where m.workspace_id = ${moment.workspace.id} and m.segment_key = ${key}
       and m.entered_at <= ${at} and (m.left_at is null or m.left_at > ${at})`;
}

/** Rows (profile_id) of whom a rule matches at a moment: events, consents and traits up to it. */
export function matchedThen(moment: AskedMoment, node: Node): SQL {
  const opened = openQuery(lookAt(moment));
  const holds = compile(node, opened.query);
  return sql`select p.id as profile_id ${opened.from()} and p.workspace_id = ${moment.workspace.id} and ${holds}`;
}
