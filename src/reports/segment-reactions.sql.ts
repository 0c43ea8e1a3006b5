import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { campaigns } from '../db/schema/send.ts';
import { destinations } from '../db/schema/send-destinations.ts';

export type Reaction = { kind: 'campaign' | 'destination'; id: string; name: string; status: string };

/** What would go by a segment's members from now on: campaigns not yet written to everyone, and destinations. */
export async function listReactions(db: Db, wish: { workspaceId: string; key: string }): Promise<Reaction[]> {
  return await rowsOf<Reaction>(
    db,
    sql`
    select 'campaign' as kind, c.id, c.name, c.status from ${campaigns} c
     where c.workspace_id = ${wish.workspaceId} and c.segment_key = ${wish.key} and c.status not in ('sent', 'cancelled')
    union all
    select 'destination', d.id, d.name, d.status from ${destinations} d
     where d.workspace_id = ${wish.workspaceId} and d.segment_key = ${wish.key} and d.removed_at is null
     order by 1, 3 limit 100`,
  );
}
