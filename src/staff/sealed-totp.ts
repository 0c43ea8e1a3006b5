import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/pool.ts';
import { users } from '../db/schema/staff.ts';
import type { SealedPlace } from '../db/sealed-places.ts';
import { contextOf } from './totp.ts';

/** The secret that an account shares with its authenticator. */
export const sealedTotp: SealedPlace = {
  table: 'users',
  column: 'totp_sealed',
  of: 'installation',
  list: async (db, { mark, after, limit }) => {
    const rows = await rowsOf<{ id: string; sealed: string }>(
      db,
      sql`select id, totp_sealed as sealed from ${users}
           where id > ${after}::uuid and not starts_with(totp_sealed, ${mark}) order by id limit ${limit}`,
    );
    return rows.map(({ id, sealed }) => ({ id, texts: { sealed } }));
  },
  replace: async (db, _nobody, rows) => {
    const written = await rowsOf<{ id: string }>(
      db,
      sql`update ${users} as u set totp_sealed = g.fresh ->> 'sealed'
            from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, old jsonb, fresh jsonb)
           where u.id = g.id and u.totp_sealed = g.old ->> 'sealed' returning u.id`,
    );
    return written.map(({ id }) => id);
  },
  contextOf: ({ id }) => contextOf(id),
};
