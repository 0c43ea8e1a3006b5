import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { events, merges, records } from '../../db/schema/identify.ts';
import { withTimes } from '../../db/times.ts';

/** What made an identifier change hands: the link, or a colleague. */
export type Cause = {
  kind: string;
  value: string;
  otherKind: string;
  otherValue: string;
  sourceId?: string | null | undefined;
  userId?: string | null | undefined;
};

/** One identifier that goes from a profile to another. */
export type Move = {
  change: 'join' | 'part';
  kind: string;
  value: string;
  fromProfileId: string;
  toProfileId: string;
  cause: Cause | Record<string, never>;
};

/** Adds to the ledger, in the order given. Not to be run twice: the batch's transaction sees to that. */
export async function writeLedger(db: Db, workspaceId: string, moves: Move[], at: Date): Promise<void> {
  await db.execute(sql`
    insert into ${merges} (workspace_id, change, kind, value, from_profile_id, to_profile_id, cause, at)
    select ${workspaceId}::uuid, g.change, g.kind, g.value, g."fromProfileId", g."toProfileId", g.cause,
           ${at.toISOString()}::timestamptz
      from json_to_recordset(${JSON.stringify(moves.map((move, position) => ({ ...move, position })))}::json) as g
           (change text, kind text, value text, "fromProfileId" uuid, "toProfileId" uuid, cause jsonb, position bigint)
     order by g.position`);
}

/**
 * Events go where the identifier they arrived with goes; returns the profiles that got some. A profile id is never
 * updated in place on a cluster.
 */
export async function moveEvents(db: Db, workspaceId: string, moves: Move[]): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
    with moved as materialized (select * from ${asRows(moves)}),
    taken as (
      delete from ${events} e using moved g
       where e.workspace_id = ${workspaceId} and e.profile_id = g."fromProfileId"
         and e.via_kind = g.kind and e.via_value = g.value
      returning e.id, e.profile_id, e.name_id, e.occurred_at, e.received_at, e.value, e.currency, e.properties,
                e.source_id, e.subject, e.via_kind, e.via_value
    ),
    written as (
    insert into ${events}
           (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, currency, properties, source_id,
            subject, via_kind, via_value)
    select ${workspaceId}::uuid, g."toProfileId", t.id, t.name_id, t.occurred_at, t.received_at, t.value, t.currency,
           t.properties, t.source_id, t.subject, t.via_kind, t.via_value
      from taken t
      join moved g on g."fromProfileId" = t.profile_id and g.kind = t.via_kind and g.value = t.via_value
        on conflict (workspace_id, profile_id, id) do nothing
    returning profile_id
    )
    select distinct profile_id as id from written`,
  );
  return rows.map(({ id }) => id);
}

/** Served by records_profile. */
export async function moveRecords(db: Db, workspaceId: string, moves: Move[]): Promise<void> {
  await db.execute(sql`
    update ${records} r set profile_id = g."toProfileId"
      from ${asRows(moves)}
     where r.workspace_id = ${workspaceId} and r.profile_id = g."fromProfileId"
       and r.via_kind = g.kind and r.via_value = g.value`);
}

/** The ledger of some profiles, newest first. Served by merges_from and merges_to. */
export async function loadLedger(db: Db, workspaceId: string, profileIds: string[], limit: number) {
  const rows = await rowsOf<Move & { seq: string; at: string }>(
    db,
    sql`select seq, change, kind, value, from_profile_id as "fromProfileId", to_profile_id as "toProfileId", cause, at
          from ${merges}
         where workspace_id = ${workspaceId}
           and (from_profile_id = any(${sql.param(profileIds)}::uuid[])
                or to_profile_id = any(${sql.param(profileIds)}::uuid[]))
         order by seq desc limit ${limit}`,
  );
  return withTimes(rows, 'at');
}

/** Moves as rows named g, for the statements of every room that follows them. */
export function asRows(moves: Move[]) {
  const rows = moves.map(({ kind, value, fromProfileId, toProfileId }) => ({
    kind,
    value,
    fromProfileId,
    toProfileId,
  }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as g
    (kind text, value text, "fromProfileId" uuid, "toProfileId" uuid)`;
}
