import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { traitValues } from '../../db/schema/profile.ts';
import { withTimes } from '../../db/times.ts';
import { canonicalJson } from '../collect/canonical.ts';

/** One trait of a person as one source says it by one identifier: whose values replace each other. */
export type TraitLine = {
  profileId: string;
  name: string;
  sourceId: string;
  viaKind: string;
  viaValue: string;
};
/** A value on that line. `json`: the value as canonical JSON; 'null' says that there is none any more. */
export type TraitValue = TraitLine & { changedAt: Date; json: string };
export type StoredTraitValue = TraitValue & { isCurrent: boolean };

const lineColumns = sql`("profileId" uuid, name text, "sourceId" uuid, "viaKind" text, "viaValue" text`;

/** Of each line what a value from `from` on may touch: the values since, and the run before. Primary key only. */
export async function loadTraitLines(
  db: Db,
  workspaceId: string,
  lines: (TraitLine & { from: Date })[],
): Promise<StoredTraitValue[]> {
  if (lines.length === 0) return [];
  const isLine = sql`t.workspace_id = ${workspaceId} and t.profile_id = g."profileId" and t.name = g.name
    and t.source_id = g."sourceId" and t.via_kind = g."viaKind" and t.via_value = g."viaValue"`;
  const rows = await rowsOf<
    Omit<StoredTraitValue, 'json' | 'changedAt'> & { changedAt: string; value: unknown }
  >(
    db,
    sql`select g."profileId", g.name, g."sourceId", g."viaKind", g."viaValue", f.changed_at as "changedAt",
               f.value, f.is_current as "isCurrent"
          from json_to_recordset(${JSON.stringify(lines)}::json) as g ${lineColumns}, "from" timestamptz)
         cross join lateral (
           (select t.changed_at, t.value, t.is_current from ${traitValues} t
             where ${isLine} and t.changed_at >= g."from")
           union all
           (select t.changed_at, t.value, t.is_current from ${traitValues} t
             where ${isLine} and t.changed_at < g."from" order by t.changed_at desc limit 2)
         ) f`,
  );
  return withTimes(rows, 'changedAt').map(({ value, ...row }) => ({
    ...row,
    json: canonicalJson(value ?? null),
  }));
}

/** The values to stand, each once. Running it twice changes nothing. */
export async function upsertTraitValues(
  db: Db,
  workspaceId: string,
  rows: StoredTraitValue[],
): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${traitValues} as t
           (workspace_id, profile_id, name, source_id, via_kind, via_value, changed_at, value, is_current)
    select ${workspaceId}::uuid, g."profileId", g.name, g."sourceId", g."viaKind", g."viaValue", g."changedAt",
           g.json::jsonb, g."isCurrent"
      from json_to_recordset(${JSON.stringify(rows)}::json) as g ${lineColumns}, "changedAt" timestamptz, json text,
           "isCurrent" boolean)
        on conflict (workspace_id, profile_id, name, source_id, via_kind, via_value, changed_at) do update
       set value = excluded.value, is_current = excluded.is_current
     where (t.value, t.is_current) is distinct from (excluded.value, excluded.is_current)`);
}

/** Values that turned out to be repeats of an earlier one. */
export async function deleteTraitValues(db: Db, workspaceId: string, rows: TraitValue[]): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    delete from ${traitValues} t
     using json_to_recordset(${JSON.stringify(rows)}::json) as g ${lineColumns}, "changedAt" timestamptz)
     where t.workspace_id = ${workspaceId} and t.profile_id = g."profileId" and t.name = g.name
       and t.source_id = g."sourceId" and t.via_kind = g."viaKind" and t.via_value = g."viaValue"
       and t.changed_at = g."changedAt"`);
}

/** The present values of a source and identifier, which a removal takes back. */
export async function loadCurrentOf(
  db: Db,
  workspaceId: string,
  lines: Omit<TraitLine, 'name'>[],
): Promise<TraitLine[]> {
  if (lines.length === 0) return [];
  return await rowsOf<TraitLine>(
    db,
    sql`select t.profile_id as "profileId", t.name, t.source_id as "sourceId", t.via_kind as "viaKind",
               t.via_value as "viaValue"
          from json_to_recordset(${JSON.stringify(lines)}::json) as g
               ("profileId" uuid, "sourceId" uuid, "viaKind" text, "viaValue" text)
          join ${traitValues} t
            on t.workspace_id = ${workspaceId} and t.profile_id = g."profileId" and t.source_id = g."sourceId"
           and t.via_kind = g."viaKind" and t.via_value = g."viaValue" and t.is_current`,
  );
}
