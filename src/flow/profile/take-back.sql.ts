import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { traitValues } from '../../db/schema/profile.ts';

/**
 * Takes back what a source said of some traits, some people at a time; returns these people. May run twice. Reads
 * the table as it lies: this is done by hand, when the meaning of a source's fields was changed.
 */
export async function deleteTraitsOf(
  db: Db,
  workspaceId: string,
  given: { sourceId: string; names: string[] },
  limit: number,
): Promise<string[]> {
  const rows = await rowsOf<{ profileId: string }>(
    db,
    sql`
      with people as materialized (
        select distinct t.profile_id from ${traitValues} t
         where t.workspace_id = ${workspaceId} and t.source_id = ${given.sourceId}
           and t.name = any(${sql.param(given.names)}::text[])
         limit ${limit}
      ),
      gone as (
        delete from ${traitValues} t
         where t.workspace_id = ${workspaceId} and t.source_id = ${given.sourceId}
           and t.name = any(${sql.param(given.names)}::text[]) and t.profile_id in (select profile_id from people)
        returning t.profile_id
      )
      select distinct profile_id as "profileId" from gone`,
  );
  return rows.map(({ profileId }) => profileId);
}
