import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { segments } from '../../db/schema/segment.ts';
import { destinationRuns, destinations } from '../../db/schema/send-destinations.ts';
import { FAILURES_TO_TELL } from '../collect/troubles.sql.ts';

export type PushTrouble = {
  destinationId: string;
  name: string;
  /** The account it is at, as people call it. */
  account: string;
  segment: string;
  /** `person`: nothing is pushed until somebody acts. `failing`: it is tried on, in vain. `healed`: all is well again. */
  kind: 'person' | 'failing' | 'healed';
  message: string | null;
  /** When it was last brought up to the segment. */
  lastSuccessAt: Date | null;
};

/**
 * Marks the destinations whose trouble was not told yet, and those whose told trouble is over, and returns them:
 * whoever gets one tells it, and nobody else does. What a person paused or removed is no trouble; it is over only
 * with a push that came to its end.
 */
export async function claimPushTroubles(db: Db, workspaceId: string, at: Date): Promise<PushTrouble[]> {
  const rows = await rowsOf<Record<string, string | null>>(
    db,
    sql`
      with state as materialized (
        select d.id, d.name, d.source_id, d.segment_key, d.status, d.status_message, d.failures, d.trouble_told_at,
               (select max(r.finished_at) from ${destinationRuns} r
                 where r.workspace_id = ${workspaceId} and r.destination_id = d.id and r.status = 'succeeded'
                   and not r.is_dry_run) as last_success_at
          from ${destinations} d
         where d.workspace_id = ${workspaceId} and d.removed_at is null
           and (d.trouble_told_at is not null or (d.tells_trouble and d.status <> 'paused'))
      ),
      judged as (
        select state.*,
               case when status = 'needs_attention' then 'person'
                    when status = 'active' and failures >= ${FAILURES_TO_TELL} then 'failing'
                    when status = 'active' and failures = 0 and last_success_at > trouble_told_at then 'healed'
                end as kind
          from state
      ),
      claimed as (
        update ${destinations} d
           set trouble_told_at = case when j.kind = 'healed' then null else ${at.toISOString()}::timestamptz end
          from judged j
         where d.workspace_id = ${workspaceId} and d.id = j.id
           and (j.kind = 'healed') = (d.trouble_told_at is not null) and j.kind is not null
        returning d.id, d.tells_trouble
      )
      select j.id, j.name, j.kind, j.status_message, j.last_success_at,
             (select s.name from ${segments} s
               where s.workspace_id = ${workspaceId} and s.key = j.segment_key limit 1) as segment,
             (select a.name from ${sources} a
               where a.workspace_id = ${workspaceId} and a.id = j.source_id) as account
        from judged j join claimed c on c.id = j.id
       where c.tells_trouble
       order by j.name`,
  );
  return rows.map((row) => ({
    destinationId: row.id!,
    name: row.name!,
    account: row.account ?? '',
    segment: row.segment ?? row.name!,
    kind: row.kind as PushTrouble['kind'],
    message: row.status_message ?? null,
    lastSuccessAt: row.last_success_at ? new Date(row.last_success_at) : null,
  }));
}

/** Puts a claim back: nobody could be told, so it is tried again. */
export async function unclaimPushTrouble(
  db: Db,
  workspaceId: string,
  trouble: Pick<PushTrouble, 'destinationId' | 'lastSuccessAt' | 'kind'>,
): Promise<void> {
  // Before the push that ended it, so that it is over once more.
  const before = trouble.kind === 'healed' ? new Date((trouble.lastSuccessAt?.getTime() ?? 1) - 1) : null;
  await db.execute(sql`
    update ${destinations} set trouble_told_at = ${before?.toISOString() ?? null}::timestamptz
     where workspace_id = ${workspaceId} and id = ${trouble.destinationId}`);
}
