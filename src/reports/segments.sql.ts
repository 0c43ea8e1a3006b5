import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { facts } from '../db/schema/score.ts';
import { memberships, segments } from '../db/schema/segment.ts';

export type ListedSegment = {
  key: string;
  name: string;
  description: string | null;
  kind: string;
  status: string;
  statusReason: string | null;
  size: number | null;
  version: number;
  computedVersion: number | null;
  asOf: Date | null;
  isEnabled: boolean;
  createdAt: Date;
};

/** Every segment that was not removed, the largest first. Grows with the number of segments only. */
export async function listSegmentsBySize(db: Db, workspaceId: string): Promise<ListedSegment[]> {
  const rows = await rowsOf<{
    key: string;
    name: string;
    description: string | null;
    kind: string;
    status: string;
    status_reason: string | null;
    size: string | null;
    version: number;
    computed_version: number | null;
    as_of: Date | null;
    is_enabled: boolean;
    created_at: string;
  }>(
    db,
    sql`select s.key, s.name, s.description, s.kind, s.status, s.status_reason, s.size, s.version,
               s.computed_version, s.as_of, s.is_enabled, s.created_at
          from ${segments} s where s.workspace_id = ${workspaceId} and s.removed_at is null
         order by s.size desc nulls last, s.name`,
  );
  return rows.map((row) => ({
    key: row.key,
    name: row.name,
    description: row.description,
    kind: row.kind,
    status: row.status,
    statusReason: row.status_reason,
    size: row.size === null ? null : Number(row.size),
    version: row.version,
    computedVersion: row.computed_version,
    asOf: row.as_of ? new Date(row.as_of) : null,
    isEnabled: row.is_enabled,
    createdAt: new Date(row.created_at),
  }));
}

/** Net revenue of the present members. */
export async function sumSegmentRevenue(db: Db, wish: { workspaceId: string; key: string }): Promise<string> {
  const [row] = await rowsOf<{ revenue: string }>(
    db,
    sql`
    select coalesce(sum(f.net_revenue), 0)::text as revenue
      from ${memberships} m join ${facts} f on f.workspace_id = m.workspace_id and f.profile_id = m.profile_id
     where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key} and m.left_at is null`,
  );
  return row?.revenue ?? '0';
}

/** Of everyone. */
export async function sumRevenue(db: Db, workspaceId: string): Promise<string> {
  const [row] = await rowsOf<{ revenue: string }>(
    db,
    sql`select coalesce(sum(f.net_revenue), 0)::text as revenue from ${facts} f where f.workspace_id = ${workspaceId}`,
  );
  return row?.revenue ?? '0';
}
