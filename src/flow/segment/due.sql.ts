import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { events } from '../../db/schema/identify.ts';
import { consents, datedValues } from '../../db/schema/profile.ts';
import { facts } from '../../db/schema/score.ts';
import { memberships } from '../../db/schema/segment.ts';
import type { Knowledge } from './known.ts';
import { canonicalEvent } from './rules/events.ts';
import { FACTS, type FactName } from './rules/fact-names.ts';
import type { Edge, Range } from './rules/kind.ts';

type Scope = Knowledge & { workspaceId: string };

/** People whom the passing of time alone may move, by the edges of the rules. Each edge is a range of an index. */
export async function findDuePeople(db: Db, scope: Scope, edges: Edge[]): Promise<string[]> {
  const parts = edges.map((edge) => dueSql(scope, edge)).filter((part) => part !== null);
  if (parts.length === 0) return [];
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select distinct d.profile_id as id from (${sql.join(parts, sql` union all `)}) d`,
  );
  return rows.map((row) => row.id);
}

/** Is there anybody at all? Stops at the first edge that finds one. */
export async function isAnyoneBetween(db: Db, scope: Scope, edges: Edge[]): Promise<boolean> {
  const distinct = [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()];
  const parts = distinct.map((edge) => dueSql(scope, edge)).filter((part) => part !== null);
  if (parts.length === 0) return false;
  const found = parts.map((part) => sql`exists (${part})`);
  const [row] = await rowsOf<{ is: boolean }>(db, sql`select (${sql.join(found, sql` or `)}) as is`);
  return row?.is ?? false;
}

function dueSql(scope: Scope, edge: Edge): SQL | null {
  if (edge.type === 'events') return eventsDue(scope, edge.event, edge.ranges);
  if (edge.type === 'memberships') return membershipsDue(scope, edge);
  if (edge.type === 'consents') {
    return sql`select c.profile_id from ${consents} c where c.workspace_id = ${scope.workspaceId}
                 and (${inRanges(sql`c.decided_at`, edge.ranges)} or ${inRanges(sql`c.received_at`, edge.ranges)})`;
  }
  if (edge.type === 'anniversary') return anniversariesDue(scope, edge);
  if (edge.type === 'fact') return factsDue(scope, edge.name, edge.ranges);
  return sql`select d.profile_id from ${datedValues} d where d.workspace_id = ${scope.workspaceId}
               and d.name = ${`trait:${edge.name}`} and ${inRanges(sql`d.at`, edge.ranges)}`;
}

function eventsDue({ workspaceId, nameIds }: Scope, event: string, ranges: Range[]): SQL | null {
  const id = event === '*' ? null : nameIds.get(canonicalEvent(event));
  if (id === undefined) return null;
  const names =
    id === null ? sql`e.name_id = any(${sql.param([...nameIds.values()])}::int[])` : sql`e.name_id = ${id}`;
  return sql`select e.profile_id from ${events} e where e.workspace_id = ${workspaceId} and ${names} and ${inRanges(sql`e.occurred_at`, ranges)}`;
}

function membershipsDue({ workspaceId }: Scope, edge: Extract<Edge, { type: 'memberships' }>): SQL {
  const at = edge.end === 'entered' ? sql`m.entered_at` : sql`m.left_at`;
  return sql`select m.profile_id from ${memberships} m where m.workspace_id = ${workspaceId}
               and m.segment_key = ${edge.segment} and ${inRanges(at, edge.ranges)}`;
}

/** A fact that is a moment; other facts do not move with time. */
function factsDue({ workspaceId }: Scope, name: string, ranges: Range[]): SQL | null {
  const column = momentColumn(name);
  return column
    ? sql`select f.profile_id from ${facts} f where f.workspace_id = ${workspaceId} and ${inRanges(column, ranges)}`
    : null;
}

function anniversariesDue(
  { workspaceId, known }: Scope,
  edge: Extract<Edge, { type: 'anniversary' }>,
): SQL | null {
  const days = sql`${sql.param(edge.days)}::int[]`;
  if (edge.of === 'trait') {
    return sql`select d.profile_id from ${datedValues} d where d.workspace_id = ${workspaceId}
                 and d.name = ${`trait:${edge.name}`} and d.month * 100 + d.day = any(${days})`;
  }
  const column = momentColumn(edge.name);
  return column
    ? sql`select f.profile_id from ${facts} f where f.workspace_id = ${workspaceId} and rule_month_day(${column}, ${known.zone}) = any(${days})`
    : null;
}

const MOMENTS: Partial<Record<FactName, SQL>> = {
  first_order_at: sql`f.first_order_at`,
  last_order_at: sql`f.last_order_at`,
  last_opened_at: sql`f.last_opened_at`,
  signed_up_at: sql`f.signed_up_at`,
  first_seen_at: sql`f.first_seen_at`,
  last_seen_at: sql`f.last_seen_at`,
};

function momentColumn(name: string): SQL | null {
  return name in FACTS ? (MOMENTS[name as FactName] ?? null) : null;
}

function inRanges(column: SQL, ranges: Range[]): SQL {
  const each = ranges.map(
    ({ from, to }) => sql`${column} between ${iso(from)}::timestamptz and ${iso(to)}::timestamptz`,
  );
  return sql`(${sql.join(each, sql` or `)})`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
