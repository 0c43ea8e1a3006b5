import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { consents, traitValues } from '../../db/schema/profile.ts';
import { asRows, type Move } from '../identify/merges.sql.ts';

/** Traits go where the identifier they arrived with goes. A second run finds nothing to move. */
export async function moveTraitValues(db: Db, workspaceId: string, moves: Move[]): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`with moved as materialized (select * from ${asRows(moves)}),
        taken as (
          delete from ${traitValues} t using moved g
           where t.workspace_id = ${workspaceId} and t.profile_id = g."fromProfileId"
             and t.via_kind = g.kind and t.via_value = g.value
          returning t.profile_id, t.name, t.source_id, t.via_kind, t.via_value, t.changed_at, t.value, t.is_current
        ),
        written as (
          insert into ${traitValues}
                 (workspace_id, profile_id, name, source_id, via_kind, via_value, changed_at, value, is_current)
          select ${workspaceId}::uuid, g."toProfileId", t.name, t.source_id, t.via_kind, t.via_value, t.changed_at,
                 t.value, t.is_current
            from taken t
            join moved g on g."fromProfileId" = t.profile_id and g.kind = t.via_kind and g.value = t.via_value
              on conflict do nothing
          returning profile_id
        )
        select distinct profile_id as id from written`,
  );
  return rows.map(({ id }) => id);
}

/** Decisions too: a merge unites the lists, a parting gives each person their own back. */
export async function moveConsents(db: Db, workspaceId: string, moves: Move[]): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`with moved as materialized (select * from ${asRows(moves)}),
        taken as (
          delete from ${consents} c using moved g
           where c.workspace_id = ${workspaceId} and c.profile_id = g."fromProfileId"
             and c.via_kind = g.kind and c.via_value = g.value
          returning c.profile_id, c.id, c.channel, c.topic, c.state, c.decided_at, c.received_at, c.source_id,
                    c.via_kind, c.via_value, c.proof
        ),
        written as (
          insert into ${consents}
                 (workspace_id, profile_id, id, channel, topic, state, decided_at, received_at, source_id, via_kind,
                  via_value, proof)
          select ${workspaceId}::uuid, g."toProfileId", t.id, t.channel, t.topic, t.state, t.decided_at, t.received_at,
                 t.source_id, t.via_kind, t.via_value, t.proof
            from taken t
            join moved g on g."fromProfileId" = t.profile_id and g.kind = t.via_kind and g.value = t.via_value
              on conflict do nothing
          returning profile_id
        )
        select distinct profile_id as id from written`,
  );
  return rows.map(({ id }) => id);
}
