import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { consents } from '../../db/schema/profile.ts';
import { withTimes } from '../../db/times.ts';

export type ConsentRow = {
  profileId: string;
  id: string;
  channel: string;
  topic: string | null;
  state: 'granted' | 'withdrawn';
  /** When the person decided, by the vendor; null if it does not say. */
  decidedAt: Date | null;
  receivedAt: Date;
  sourceId: string | null;
  viaKind: string;
  viaValue: string;
  proof: Record<string, unknown>;
};

/** A decision that is known by its id is not written again. */
export async function insertConsents(db: Db, workspaceId: string, rows: ConsentRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${consents}
           (workspace_id, profile_id, id, channel, topic, state, decided_at, received_at, source_id, via_kind, via_value,
            proof)
    select ${workspaceId}::uuid, g."profileId", g.id, g.channel, g.topic, g.state, g."decidedAt", g."receivedAt",
           g."sourceId", g."viaKind", g."viaValue", g.proof
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           ("profileId" uuid, id uuid, channel text, topic text, state text, "decidedAt" timestamptz,
            "receivedAt" timestamptz, "sourceId" uuid, "viaKind" text, "viaValue" text, proof jsonb)
        on conflict (workspace_id, profile_id, id) do nothing`);
}

/** Every decision of some people, in the order we learned of them. Served by the primary key. */
export async function loadConsents(db: Db, workspaceId: string, profileIds: string[]): Promise<ConsentRow[]> {
  if (profileIds.length === 0) return [];
  const rows = await rowsOf<
    Omit<ConsentRow, 'decidedAt' | 'receivedAt'> & { decidedAt: string | null; receivedAt: string }
  >(
    db,
    sql`select profile_id as "profileId", id, channel, topic, state, decided_at as "decidedAt",
               received_at as "receivedAt", source_id as "sourceId", via_kind as "viaKind", via_value as "viaValue", proof
          from ${consents}
         where workspace_id = ${workspaceId} and profile_id = any(${sql.param(profileIds)}::uuid[])
         order by received_at, id`,
  );
  return withTimes(rows, 'decidedAt', 'receivedAt');
}
