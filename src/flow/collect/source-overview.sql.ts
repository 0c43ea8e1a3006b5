import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { quarantine, sourceStreams, sources, syncRuns } from '../../db/schema/collect.ts';

export type SyncRun = typeof syncRuns.$inferSelect;
export type SourceStream = typeof sourceStreams.$inferSelect;
export type QuarantineEntry = typeof quarantine.$inferSelect;
export type DailyRows = { sourceId: string; day: string; rows: number };

/** The newest run of each source, running or ended; index sync_runs_source. */
export async function findLastRuns(db: Db, workspaceId: string): Promise<SyncRun[]> {
  return await db
    .selectDistinctOn([syncRuns.sourceId])
    .from(syncRuns)
    .where(eq(syncRuns.workspaceId, workspaceId))
    .orderBy(syncRuns.sourceId, desc(syncRuns.startedAt));
}

/** The runs of a source, the newest first; a page by key. */
export async function listSourceRuns(
  db: Db,
  source: { workspaceId: string; id: string },
  page: { before?: Date | undefined; limit: number },
): Promise<SyncRun[]> {
  return await db
    .select()
    .from(syncRuns)
    .where(
      and(
        eq(syncRuns.workspaceId, source.workspaceId),
        eq(syncRuns.sourceId, source.id),
        page.before ? lt(syncRuns.startedAt, page.before) : undefined,
      ),
    )
    .orderBy(desc(syncRuns.startedAt))
    .limit(page.limit);
}

export async function findRun(db: Db, workspaceId: string, id: string): Promise<SyncRun | null> {
  const [row] = await db
    .select()
    .from(syncRuns)
    .where(and(eq(syncRuns.workspaceId, workspaceId), eq(syncRuns.id, id)));
  return row ?? null;
}

export async function listStreamRows(db: Db, workspaceId: string): Promise<SourceStream[]> {
  return await db.select().from(sourceStreams).where(eq(sourceStreams.workspaceId, workspaceId));
}

/** What was new or changed, by source and local day; days without a run are left out. */
export async function countDailyRows(
  db: Db,
  workspace: { id: string; timezone: string },
  since: Date,
): Promise<DailyRows[]> {
  const rows = await rowsOf<{ source_id: string; day: string; rows: string }>(
    db,
    sql`
      select source_id, to_char(started_at at time zone ${workspace.timezone}, 'YYYY-MM-DD') as day, sum(new + changed) as rows
        from ${syncRuns}
       where workspace_id = ${workspace.id} and started_at >= ${since.toISOString()}
       group by 1, 2`,
  );
  return rows.map((row) => ({ sourceId: row.source_id, day: row.day, rows: Number(row.rows) }));
}

/** What was set aside of a source, the newest first; index quarantine_source. Ids are no order, so both count. */
export async function listQuarantine(
  db: Db,
  source: { workspaceId: string; id: string },
  page: { before?: { at: Date; id: string } | undefined; limit: number; runId?: string | undefined },
): Promise<QuarantineEntry[]> {
  const { before, runId } = page;
  return await db
    .select()
    .from(quarantine)
    .where(
      and(
        eq(quarantine.workspaceId, source.workspaceId),
        eq(quarantine.sourceId, source.id),
        runId ? eq(quarantine.runId, runId) : undefined,
        before
          ? sql`(${quarantine.receivedAt}, ${quarantine.id}) < (${before.at.toISOString()}::timestamptz, ${before.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(desc(quarantine.receivedAt), desc(quarantine.id))
    .limit(page.limit);
}

/** How many records are set aside, by source. Counting stops where a figure stops telling anything. */
export async function countQuarantine(db: Db, source: { workspaceId: string; id: string }): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(
    db,
    sql`select count(*) as count from (
          select 1 from ${quarantine}
           where workspace_id = ${source.workspaceId} and source_id = ${source.id} limit 10000) q`,
  );
  return Number(row?.count ?? 0);
}

/** The same of all sources of a workspace, each counted to where a figure stops telling anything. */
export async function countQuarantines(db: Db, workspaceId: string): Promise<Map<string, number>> {
  const rows = await rowsOf<{ source_id: string; count: string }>(
    db,
    sql`select s.id as source_id,
               (select count(*) from (
                  select 1 from ${quarantine} q
                   where q.workspace_id = ${workspaceId} and q.source_id = s.id limit 10000) counted) as count
          from ${sources} s
         where s.workspace_id = ${workspaceId} and s.removed_at is null`,
  );
  return new Map(rows.map((row) => [row.source_id, Number(row.count)]));
}
