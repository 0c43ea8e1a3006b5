import { type SQL, sql } from 'drizzle-orm';
import { identifiers } from '../db/schema/identify.ts';

/** The account id of a person, for who has neither name nor address. A look at one index entry a row shown. */
export function accountOf(workspaceId: SQL, profileId: SQL): SQL {
  return sql`(select i.given from ${identifiers} i
               where i.workspace_id = ${workspaceId} and i.profile_id = ${profileId} and i.kind = 'user_id' limit 1)`;
}
