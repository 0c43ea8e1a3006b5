import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileTraits, traitValues } from '../../db/schema/profile.ts';

/**
 * What is shown and used in rules, computed from the values for some profiles: of each trait the newest, at equal
 * times that of the source listed first. Returns the profiles whose traits are others than before. Primary keys only.
 */
export async function recomputeProfileTraits(
  db: Db,
  workspaceId: string,
  options: { profileIds: string[]; sourceOrder: string[]; at: Date },
): Promise<{ profileId: string; traits: Record<string, unknown> }[]> {
  if (options.profileIds.length === 0) return [];
  return await rowsOf(
    db,
    sql`with newest as materialized (
          select distinct on (t.profile_id, t.name) t.profile_id, t.name, t.value
            from ${traitValues} t
           where t.workspace_id = ${workspaceId} and t.profile_id = any(${sql.param(options.profileIds)}::uuid[])
             and t.is_current
           order by t.profile_id, t.name, t.changed_at desc,
                    array_position(${sql.param(options.sourceOrder)}::uuid[], t.source_id) nulls last,
                    t.source_id, t.via_kind, t.via_value
        ),
        whole as (
          select g.id, coalesce(jsonb_object_agg(n.name, n.value)
                                filter (where n.name is not null and n.value <> 'null'::jsonb), '{}') as traits
            from unnest(${sql.param(options.profileIds)}::uuid[]) as g (id)
            left join newest n on n.profile_id = g.id
           group by g.id
        )
        insert into ${profileTraits} as p (workspace_id, profile_id, traits, email, phone, name, country, updated_at)
        select ${workspaceId}::uuid, w.id, w.traits, w.traits ->> 'email', w.traits ->> 'phone',
               coalesce(nullif(trim(w.traits ->> 'name'), ''),
                        nullif(trim(concat_ws(' ', w.traits ->> 'firstName', w.traits ->> 'lastName')), '')),
               w.traits ->> 'country', ${options.at.toISOString()}::timestamptz
          from whole w
            on conflict (workspace_id, profile_id) do update
           set traits = excluded.traits, email = excluded.email, phone = excluded.phone, name = excluded.name,
               country = excluded.country, updated_at = excluded.updated_at
         where p.traits is distinct from excluded.traits
        returning profile_id as "profileId", traits`,
  );
}
