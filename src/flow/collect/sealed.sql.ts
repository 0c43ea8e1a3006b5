import { sql } from 'drizzle-orm';
import { rowsOf } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import type { SealedPlace, SealedRow } from '../../db/sealed-places.ts';
import { contextOf, HOOK } from './settings.ts';

/** Settings that are secret, and tokens beside them. */
export const sealedSettings: SealedPlace = {
  table: 'sources',
  column: 'sealed',
  of: 'workspace',
  list: async (db, { workspaceId, mark, after, limit }) =>
    await rowsOf<SealedRow>(
      db,
      sql`select s.id, jsonb_object_agg(t.key, t.value) as texts
            from ${sources} s cross join lateral jsonb_each_text(s.sealed) t
           where s.workspace_id = ${workspaceId} and s.id > ${after}::uuid and not starts_with(t.value, ${mark})
           group by s.id order by s.id limit ${limit}`,
    ),
  replace: async (db, workspaceId, rows) => {
    const written = await rowsOf<{ id: string }>(
      db,
      sql`update ${sources} as s set sealed = s.sealed || g.fresh
            from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, old jsonb, fresh jsonb)
           where s.workspace_id = ${workspaceId} and s.id = g.id and s.sealed @> g.old returning s.id`,
    );
    return written.map(({ id }) => id);
  },
  contextOf: ({ workspaceId, id, field }) => contextOf({ workspaceId, connectionId: id }, field),
};

/** The part of a webhook address that nobody can guess. */
export const sealedHookTokens: SealedPlace = {
  table: 'sources',
  column: 'hook_token_sealed',
  of: 'workspace',
  list: async (db, { workspaceId, mark, after, limit }) => {
    const rows = await rowsOf<{ id: string; sealed: string }>(
      db,
      sql`select id, hook_token_sealed as sealed from ${sources}
           where workspace_id = ${workspaceId} and id > ${after}::uuid and not starts_with(hook_token_sealed, ${mark})
           order by id limit ${limit}`,
    );
    return rows.map(({ id, sealed }) => ({ id, texts: { [HOOK]: sealed } }));
  },
  replace: async (db, workspaceId, rows) => {
    const written = await rowsOf<{ id: string }>(
      db,
      sql`update ${sources} as s set hook_token_sealed = g.fresh ->> ${HOOK}
            from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, old jsonb, fresh jsonb)
           where s.workspace_id = ${workspaceId} and s.id = g.id and s.hook_token_sealed = g.old ->> ${HOOK}
       returning s.id`,
    );
    return written.map(({ id }) => id);
  },
  contextOf: ({ workspaceId, id, field }) => contextOf({ workspaceId, connectionId: id }, field),
};
