import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sourceStreams, sources, syncRuns } from '../../db/schema/collect.ts';

/** One fault may pass by itself; so many in a row do not. */
export const FAILURES_TO_TELL = 3;

export type Trouble = {
  sourceId: string;
  name: string;
  /** `person`: nothing is fetched until somebody acts. `failing`: it is tried on, in vain. `healed`: all is well again. */
  kind: 'person' | 'failing' | 'healed';
  /** What the source or its last run says. */
  message: string | null;
  /** When all its streams were last read to their end. */
  lastSuccessAt: Date | null;
};

/**
 * Marks the sources whose trouble was not told yet, and those whose told trouble is over, and returns them: whoever
 * gets one tells it, and nobody else does. What a person paused or removed is no trouble. Index sync_runs_source.
 */
export async function claimTroubles(db: Db, workspaceId: string, at: Date): Promise<Trouble[]> {
  const rows = await rowsOf<Record<string, string | null>>(
    db,
    sql`
      with state as materialized (
        select s.id, s.name, s.status, s.status_message, s.trouble_told_at, r.failures, r.status as last, r.message
          from ${sources} s
          left join lateral (
            select count(*) filter (where n.status = 'failed') as failures,
                   (array_agg(n.status order by n.started_at desc))[1] as status,
                   (array_agg(n.message order by n.started_at desc))[1] as message
              from (select status, message, started_at from ${syncRuns}
                     where workspace_id = ${workspaceId} and source_id = s.id and status <> 'running'
                       and trigger <> 'backfill'
                     order by started_at desc limit ${FAILURES_TO_TELL}) n) r on true
         where s.workspace_id = ${workspaceId} and s.removed_at is null
           and (s.trouble_told_at is not null or (s.tells_trouble and s.status <> 'paused'))
      ),
      judged as (
        select state.*,
               case when status = 'needs_attention' then 'person'
                    when status = 'active' and failures >= ${FAILURES_TO_TELL} then 'failing'
                    when status = 'active' and last in ('succeeded', 'partial') then 'healed' end as kind
          from state
      ),
      claimed as (
        update ${sources} s
           set trouble_told_at = case when j.kind = 'healed' then null else ${at.toISOString()}::timestamptz end
          from judged j
         where s.workspace_id = ${workspaceId} and s.id = j.id
           and (j.kind = 'healed') = (s.trouble_told_at is not null) and j.kind is not null
        returning s.id, s.tells_trouble
      )
      select j.id, j.name, j.kind, case when j.kind = 'person' then j.status_message else j.message end as message,
             (select min(t.last_success_at) from ${sourceStreams} t
               where t.workspace_id = ${workspaceId} and t.source_id = j.id and t.is_enabled) as last_success_at
        from judged j join claimed c on c.id = j.id
       where c.tells_trouble
       order by j.name`,
  );
  return rows.map((row) => ({
    sourceId: row.id!,
    name: row.name!,
    kind: row.kind as Trouble['kind'],
    message: row.message ?? null,
    lastSuccessAt: row.last_success_at ? new Date(row.last_success_at) : null,
  }));
}

/** Puts a claim back: nobody could be told, so it is tried again. */
export async function unclaimTrouble(
  db: Db,
  workspaceId: string,
  trouble: Pick<Trouble, 'sourceId' | 'kind'>,
  at: Date,
): Promise<void> {
  const before = trouble.kind === 'healed' ? at.toISOString() : null;
  await db.execute(sql`
    update ${sources} set trouble_told_at = ${before}::timestamptz
     where workspace_id = ${workspaceId} and id = ${trouble.sourceId}`);
}
