import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../../db/pool.ts';
import { profileTraits } from '../../../db/schema/profile.ts';
import { facts } from '../../../db/schema/score.ts';

export type PersonRow = {
  profile_id: string;
  traits: Record<string, unknown>;
  name: string | null;
  email: string | null;
  facts: Record<string, unknown> | null;
};

/** What is known of some people, for filling in a message. Served by the primary keys. */
export async function selectPeople(db: Db, workspaceId: string, profileIds: string[]): Promise<PersonRow[]> {
  return await rowsOf<PersonRow>(
    db,
    sql`select t.profile_id, t.traits, t.name, t.email, to_jsonb(f) as facts
          from ${profileTraits} t
          left join ${facts} f on f.workspace_id = t.workspace_id and f.profile_id = t.profile_id
         where t.workspace_id = ${workspaceId} and t.profile_id = any(${sql.param(profileIds)}::uuid[])`,
  );
}
