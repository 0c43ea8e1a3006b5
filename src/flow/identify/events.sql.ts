import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { eventNames, events } from '../../db/schema/identify.ts';

export type EventRow = {
  profileId: string;
  id: string;
  nameId: number;
  occurredAt: Date;
  receivedAt: Date;
  value: string | null;
  currency: string | null;
  /** JSON text. */
  properties: string;
  sourceId: string;
  subject: string;
  viaKind: string;
  viaValue: string;
};

/** The small integers of names; new ones get the next numbers. Only the holder of the lease `carry` calls it. */
export async function numberNames(
  db: Db,
  workspaceId: string,
  names: string[],
  at: Date,
): Promise<Map<string, number>> {
  if (names.length === 0) return new Map();
  const known = await loadNames(db, workspaceId, names);
  const fresh = names.filter((name) => !known.has(name));
  if (fresh.length === 0) return known;
  await db.execute(sql`
    insert into ${eventNames} (workspace_id, id, name, first_seen_at)
    select ${workspaceId}::uuid,
           (select coalesce(max(id), 0) from ${eventNames} where workspace_id = ${workspaceId}) + g.position, g.name,
           ${at.toISOString()}::timestamptz
      from unnest(${sql.param(fresh)}::text[]) with ordinality as g (name, position)
        on conflict do nothing`);
  return await loadNames(db, workspaceId, names);
}

async function loadNames(db: Db, workspaceId: string, names: string[]): Promise<Map<string, number>> {
  const rows = await rowsOf<{ id: number; name: string }>(
    db,
    sql`select id, name from ${eventNames}
         where workspace_id = ${workspaceId} and name = any(${sql.param(names)}::text[])`,
  );
  return new Map(rows.map(({ id, name }) => [name, id]));
}

/** An event that is there already is written again only where a newer version says otherwise. */
export async function upsertEvents(db: Db, workspaceId: string, rows: EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${events} as e
           (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, currency, properties, source_id,
            subject, via_kind, via_value)
    select ${workspaceId}::uuid, g."profileId", g.id, g."nameId", g."occurredAt", g."receivedAt", g.value, g.currency,
           g.properties::jsonb, g."sourceId", g.subject, g."viaKind", g."viaValue"
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           ("profileId" uuid, id uuid, "nameId" integer, "occurredAt" timestamptz, "receivedAt" timestamptz,
            value numeric, currency text, properties text, "sourceId" uuid, subject uuid, "viaKind" text,
            "viaValue" text)
        on conflict (workspace_id, profile_id, id) do update
       set name_id = excluded.name_id, occurred_at = excluded.occurred_at, value = excluded.value,
           currency = excluded.currency, properties = excluded.properties, via_kind = excluded.via_kind,
           via_value = excluded.via_value
     where (e.name_id, e.occurred_at, e.value, e.currency, e.properties, e.via_kind, e.via_value) is distinct from
           (excluded.name_id, excluded.occurred_at, excluded.value, excluded.currency, excluded.properties,
            excluded.via_kind, excluded.via_value)`);
}

/** What an older version of a record said. Served by the primary key. */
export async function deleteEvents(
  db: Db,
  workspaceId: string,
  rows: { profileId: string; id: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    delete from ${events} e
     using unnest(${sql.param(rows.map(({ profileId }) => profileId))}::uuid[],
                  ${sql.param(rows.map(({ id }) => id))}::uuid[]) as g (profile_id, id)
     where e.workspace_id = ${workspaceId} and e.profile_id = g.profile_id and e.id = g.id`);
}
