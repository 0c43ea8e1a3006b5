import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { traitValues } from '../../db/schema/profile.ts';
import { withTimes } from '../../db/times.ts';

export type ShownTrait = {
  name: string;
  value: unknown;
  sourceKey: string;
  sourceName: string;
  changedAt: Date;
  isShown: boolean;
};

/** What each source says of a person now, and which of it is shown: the newest of each trait. Primary key only. */
export async function listTraits(db: Db, workspaceId: string, profileId: string): Promise<ShownTrait[]> {
  const rows = await rowsOf<Omit<ShownTrait, 'changedAt'> & { changedAt: string }>(
    db,
    sql`select t.name, t.value, s.key as "sourceKey", s.name as "sourceName", t.changed_at as "changedAt",
               row_number() over (partition by t.name order by t.changed_at desc, s.created_at, s.id, t.via_kind, t.via_value) = 1
                 as "isShown"
          from ${traitValues} t
          join ${sources} s on s.workspace_id = t.workspace_id and s.id = t.source_id
         where t.workspace_id = ${workspaceId} and t.profile_id = ${profileId} and t.is_current
           and t.value is not null and t.value <> 'null'::jsonb
         order by t.name, t.changed_at desc
         limit 500`,
  );
  return withTimes(rows, 'changedAt');
}
