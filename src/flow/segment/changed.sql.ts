import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { changedProfiles, eventNames, events, profiles } from '../../db/schema/identify.ts';

type Span = { workspaceId: string; refreshId: string; before: Date | null; asOf: Date };

/** From this share of people on, everyone at once is cheaper than some by name. */
const WORTH_EVERYONE = 0.2;

/**
 * People whose data changed since the last refresh, and those of whom an event dated ahead came due. `everyone` where
 * that is more than a fifth of all. Also people who are gone: they have to come out.
 */
export async function listChanged(db: Db, span: Span): Promise<string[] | 'everyone'> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
    select c.profile_id as id from ${changedProfiles} c
     where c.workspace_id = ${span.workspaceId} and c.refresh_id = ${span.refreshId}::uuid
    union
    select e.profile_id from ${events} e
     where e.workspace_id = ${span.workspaceId}
       and e.name_id = any(array(select n.id from ${eventNames} n where n.workspace_id = ${span.workspaceId}))
       and e.occurred_at > ${span.before}::timestamptz and e.occurred_at <= ${span.asOf}::timestamptz`,
  );
  const ids = rows.map((row) => row.id);
  return ids.length > WORTH_EVERYONE * (await countAll(db, span.workspaceId, ids.length)) ? 'everyone' : ids;
}

/** Counts only where it can matter: a handful of people is looked at by name anyway. */
async function countAll(db: Db, workspaceId: string, changed: number): Promise<number> {
  if (changed < 500) return Number.POSITIVE_INFINITY;
  const [row] = await rowsOf<{ people: string }>(
    db,
    sql`select count(*) as people from ${profiles} p where p.workspace_id = ${workspaceId}`,
  );
  return Number(row?.people ?? 0);
}
