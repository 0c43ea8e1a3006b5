import { type SQL, sql } from 'drizzle-orm';
import { byIndex } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { events } from '../../db/schema/identify.ts';
import { consents, datedValues } from '../../db/schema/profile.ts';
import { memberships } from '../../db/schema/segment.ts';
import { timestampText } from '../../db/times.ts';
import { factDaysDue, factsDue, inRanges, type Scope } from './due-facts.sql.ts';
import { canonicalEvent } from './rules/events.ts';
import type { Edge, Range } from './rules/kind.ts';

/** So many branches a statement: the planner looks at each. */
const MOST_AT_ONCE = 40;

/**
 * People whom the passing of time alone may move, at each edge apart. Each is a range of an index; its ids come as one
 * text, which is far smaller than a row each.
 */
export async function findDuePeople(db: Db, scope: Scope, edges: Edge[]): Promise<string[][]> {
  const found: string[][] = edges.map(() => []);
  const asked = edges
    .map((edge, place) => ({ place, people: dueSql(scope, edge) }))
    .filter(({ people }) => people !== null);
  for (let from = 0; from < asked.length; from += MOST_AT_ONCE) {
    const branches = asked.slice(from, from + MOST_AT_ONCE).map(({ place, people }) => {
      return sql`select ${place}::int as place, string_agg(d.profile_id::text, ',') as ids from (${people}) d`;
    });
    const rows = await byIndex(
      db,
      async (tx) =>
        await rowsOf<{ place: number; ids: string | null }>(tx, sql.join(branches, sql` union all `)),
    );
    for (const { place, ids } of rows) if (ids) found[place] = ids.split(',');
  }
  return found;
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
    const rows = sql`select c.profile_id from ${consents} c where c.workspace_id = ${scope.workspaceId}`;
    return sql`${rows} and ${inRanges(sql`c.decided_at`, edge.ranges)} union all ${rows} and ${inRanges(sql`c.received_at`, edge.ranges)}`;
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

/** Whoever entered since a moment has not left before it: that names both partial indexes. */
function membershipsDue({ workspaceId }: Scope, edge: Extract<Edge, { type: 'memberships' }>): SQL {
  const rows = sql`select m.profile_id from ${memberships} m where m.workspace_id = ${workspaceId} and m.segment_key = ${edge.segment}`;
  if (edge.end === 'left') return sql`${rows} and ${inRanges(sql`m.left_at`, edge.ranges)}`;
  const first = iso(Math.min(...edge.ranges.map(({ from }) => from)));
  return sql`${rows} and m.left_at is null and ${inRanges(sql`m.entered_at`, edge.ranges)} union all
             ${rows} and m.left_at >= ${first}::timestamptz and ${inRanges(sql`m.entered_at`, edge.ranges)}`;
}

function anniversariesDue(scope: Scope, edge: Extract<Edge, { type: 'anniversary' }>): SQL | null {
  const days = sql`${sql.param(edge.days)}::int[]`;
  if (edge.of === 'trait') {
    return sql`select d.profile_id from ${datedValues} d where d.workspace_id = ${scope.workspaceId}
                 and d.name = ${`trait:${edge.name}`} and d.month * 100 + d.day = any(${days})`;
  }
  return factDaysDue(scope, edge.name, edge.days);
}

function iso(at: number): string {
  return timestampText(at);
}
