import { sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Item } from '../../connectors/contract.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingNotices } from '../../db/schema/collect.ts';
import { toStorableJson } from './storable.ts';

export type Notice = { seq: number; sourceId: string; item: unknown; tries: number };

/** Lets items wait to be filled in. The same notice twice waits twice and comes to the same item. */
export async function queueNotices(
  db: Db,
  origin: { workspaceId: string; sourceId: string },
  items: Item[],
): Promise<void> {
  await db.execute(sql`
    insert into ${pendingNotices} (workspace_id, source_id, item, next_try_at)
    select ${origin.workspaceId}::uuid, ${origin.sourceId}::uuid, g.item::jsonb, ${now().toISOString()}::timestamptz
      from unnest(${sql.param(items.map((item) => toStorableJson(item)))}::text[]) as g (item)`);
}

/** The notices whose time has come, the oldest first; index pending_notices_due. */
export async function findDueNotices(db: Db, workspaceId: string, limit: number): Promise<Notice[]> {
  const rows = await rowsOf<{ seq: string; source_id: string; item: unknown; tries: number }>(
    db,
    sql`select seq, source_id, item, tries from ${pendingNotices}
         where workspace_id = ${workspaceId} and next_try_at <= ${now().toISOString()}
         order by next_try_at, seq limit ${limit}`,
  );
  return rows.map((row) => ({
    seq: Number(row.seq),
    sourceId: row.source_id,
    item: row.item,
    tries: row.tries,
  }));
}

export async function dropNotice(db: Db, workspaceId: string, seq: number): Promise<void> {
  await db.execute(sql`delete from ${pendingNotices} where workspace_id = ${workspaceId} and seq = ${seq}`);
}

export async function postponeNotice(db: Db, workspaceId: string, seq: number, until: Date): Promise<void> {
  await db.execute(sql`
    update ${pendingNotices} set tries = tries + 1, next_try_at = ${until.toISOString()}
     where workspace_id = ${workspaceId} and seq = ${seq}`);
}
