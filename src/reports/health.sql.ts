import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { sources, syncRuns } from '../db/schema/collect.ts';
import { identifiers } from '../db/schema/identify.ts';
import { segments } from '../db/schema/segment.ts';
import { campaigns } from '../db/schema/send.ts';

export type SourceHealth = {
  id: string;
  name: string;
  connector: string;
  status: string;
  statusMessage: string | null;
  lastStatus: string | null;
  lastMessage: string | null;
  lastFinishedAt: Date | null;
  lastNew: number;
};

/** Each source with its last finished run: what failed comes first. */
export async function readSourceHealth(db: Db, workspaceId: string): Promise<SourceHealth[]> {
  const rows = await rowsOf<{
    id: string;
    name: string;
    connector: string;
    status: string;
    status_message: string | null;
    last_status: string | null;
    last_message: string | null;
    finished_at: Date | null;
    last_new: string | null;
  }>(
    db,
    sql`
    with last as (
      select distinct on (r.source_id) r.source_id, r.status, r.message, r.finished_at, r.new
        from ${syncRuns} r
       where r.workspace_id = ${workspaceId} and r.finished_at is not null
       order by r.source_id, r.started_at desc
    )
    select s.id, s.name, s.connector, s.status, s.status_message, last.status as last_status, last.message as last_message,
           last.finished_at, last.new as last_new
      from ${sources} s left join last on last.source_id = s.id
     where s.workspace_id = ${workspaceId} and s.removed_at is null
     order by (s.status = 'needs_attention' or last.status = 'failed') desc nulls last, s.name`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    connector: row.connector,
    status: row.status,
    statusMessage: row.status_message,
    lastStatus: row.last_status,
    lastMessage: row.last_message,
    lastFinishedAt: row.finished_at ? new Date(row.finished_at) : null,
    lastNew: Number(row.last_new ?? 0),
  }));
}

export type FirstSteps = {
  hasSource: boolean;
  hasPeople: boolean;
  hasSegment: boolean;
  hasSender: boolean;
  hasCampaign: boolean;
};

/** The first-hour checklist: what this workspace has done once. */
export async function readFirstSteps(db: Db, workspaceId: string): Promise<Omit<FirstSteps, 'hasSender'>> {
  const [row] = await rowsOf<{
    has_source: boolean;
    has_people: boolean;
    has_segment: boolean;
    has_campaign: boolean;
  }>(
    db,
    sql`select
          exists (select 1 from ${sources} s where s.workspace_id = ${workspaceId} and s.removed_at is null
                     and s.connector not in ('http-api', 'csv', 'messages')) as has_source,
          exists (select 1 from ${identifiers} i where i.workspace_id = ${workspaceId}) as has_people,
          exists (select 1 from ${segments} g where g.workspace_id = ${workspaceId} and g.kind = 'custom' and g.removed_at is null) as has_segment,
          exists (select 1 from ${campaigns} c where c.workspace_id = ${workspaceId} and c.started_at is not null) as has_campaign`,
  );
  return {
    hasSource: row?.has_source ?? false,
    hasPeople: row?.has_people ?? false,
    hasSegment: row?.has_segment ?? false,
    hasCampaign: row?.has_campaign ?? false,
  };
}
