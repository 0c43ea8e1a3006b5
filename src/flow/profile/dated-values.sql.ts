import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { datedValues } from '../../db/schema/profile.ts';
import { timestampText } from '../../db/times.ts';

/** `name`: `trait:trialEndsAt` or `fact:last_order_at`; month and day are those of the workspace's zone. */
export type DatedValue = {
  profileId: string;
  name: string;
  ordinal: number;
  at: Date;
  month: number;
  day: number;
};

/** Replaces all dated values of one kind that some profiles have. May run twice. */
export async function replaceDatedValues(
  db: Db,
  workspaceId: string,
  options: { kind: 'trait' | 'fact'; profileIds: string[]; rows: DatedValue[] },
): Promise<void> {
  if (options.profileIds.length === 0) return;
  await db.execute(sql`
    delete from ${datedValues}
     where workspace_id = ${workspaceId} and profile_id = any(${sql.param(options.profileIds)}::uuid[])
       and name like ${`${options.kind}:%`}`);
  if (options.rows.length === 0) return;
  const rows = options.rows.map((row) => ({ ...row, at: timestampText(row.at.getTime()) }));
  await db.execute(sql`
    insert into ${datedValues} (workspace_id, profile_id, name, ordinal, at, month, day)
    select ${workspaceId}::uuid, g."profileId", g.name, g.ordinal, g.at, g.month, g.day
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           ("profileId" uuid, name text, ordinal smallint, at timestamptz, month smallint, day smallint)
        on conflict (workspace_id, profile_id, name, ordinal) do nothing`);
}
