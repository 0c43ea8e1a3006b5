import { sql } from 'drizzle-orm';
import { rowsOf } from '../../db/pool.ts';
import { departures } from '../../db/schema/send-destinations.ts';
import type { SealedPlace } from '../../db/sealed-places.ts';
import { contextOf } from './departures.ts';

/** What erased people are known by where they are still to be forgotten. */
export const sealedDepartures: SealedPlace = {
  table: 'departures',
  column: 'sealed',
  of: 'workspace',
  list: async (db, { workspaceId, mark, after, limit }) => {
    const rows = await rowsOf<{ id: string; sealed: string }>(
      db,
      sql`select id, sealed from ${departures}
           where workspace_id = ${workspaceId} and id > ${after}::uuid and not starts_with(sealed, ${mark})
           order by id limit ${limit}`,
    );
    return rows.map(({ id, sealed }) => ({ id, texts: { sealed } }));
  },
  replace: async (db, workspaceId, rows) => {
    const written = await rowsOf<{ id: string }>(
      db,
      sql`update ${departures} as d set sealed = g.fresh ->> 'sealed'
            from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, old jsonb, fresh jsonb)
           where d.workspace_id = ${workspaceId} and d.id = g.id and d.sealed = g.old ->> 'sealed' returning d.id`,
    );
    return written.map(({ id }) => id);
  },
  contextOf: ({ workspaceId, id }) => contextOf(workspaceId, id),
};
