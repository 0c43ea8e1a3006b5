import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sourceStreams, sources, syncRuns } from '../../db/schema/collect.ts';

/** The clock looks each minute, some seconds early or late: a rhythm of a minute would else skip every second one. */
const LEEWAY = '50 seconds';

/**
 * The sources whose time has come between the nights: by their own rhythm, or because a run that failed is tried
 * again. Paused ones, and those that need a person first, are left alone.
 */
export async function findDueSources(db: Db, workspaceId: string, at: Date): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
      select s.id
        from ${sources} s
        join ${sourceStreams} t on t.workspace_id = s.workspace_id and t.source_id = s.id
       where s.workspace_id = ${workspaceId} and s.status = 'active' and s.removed_at is null and t.is_enabled
         and (t.next_run_at <= ${at.toISOString()}
              or (t.next_run_at is null and s.every_minutes is not null
                  and (t.last_run_at is null
                       or t.last_run_at <= ${at.toISOString()}::timestamptz
                                           - make_interval(mins => s.every_minutes) + ${LEEWAY}::interval)))
       group by s.id, s.created_at
       order by s.created_at`,
  );
  return rows.map((row) => row.id);
}

/** The sources a night has to fetch: active, with something to fetch, and not begun since `since`. */
export async function findUnsyncedSources(db: Db, workspaceId: string, since: Date): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
      select s.id
        from ${sources} s
       where s.workspace_id = ${workspaceId} and s.status = 'active' and s.removed_at is null
         and s.id in (select t.source_id from ${sourceStreams} t where t.workspace_id = ${workspaceId} and t.is_enabled)
         and s.id not in (
               select r.source_id from ${syncRuns} r
                where r.workspace_id = ${workspaceId} and r.trigger <> 'backfill' and r.started_at >= ${since.toISOString()})
       order by s.created_at`,
  );
  return rows.map((row) => row.id);
}
