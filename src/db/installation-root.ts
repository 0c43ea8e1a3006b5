import { eq, sql } from 'drizzle-orm';
import { now } from '../base/clock.ts';
import { findOpener, open, seal } from '../base/secrets.ts';
import { type Db, rowsOf } from './pool.ts';
import { installationKeys } from './schema/db.ts';
import type { SealedPlace } from './sealed-places.ts';

const ROOT = 'root';

export const sealedRoot: SealedPlace = {
  table: 'installation_keys',
  column: 'sealed',
  of: 'installation',
  list: async (db, { mark, after, limit }) => {
    const rows = await rowsOf<{ name: string; sealed: string }>(
      db,
      sql`select name, sealed from ${installationKeys}
           where name > ${after} and not starts_with(sealed, ${mark}) order by name limit ${limit}`,
    );
    return rows.map(({ name, sealed }) => ({ id: name, texts: { sealed } }));
  },
  replace: async (db, _nobody, rows) => {
    const written = await rowsOf<{ name: string }>(
      db,
      sql`update ${installationKeys} as k set sealed = g.fresh ->> 'sealed'
            from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id text, old jsonb, fresh jsonb)
           where k.name = g.id and k.sealed = g.old ->> 'sealed' returning k.name`,
    );
    return written.map(({ name }) => name);
  },
  contextOf: ({ id }) => contextOf(id),
};

/** The sealed root; null in a database that has none yet. */
export async function findRoot(db: Db): Promise<string | null> {
  const [row] = await db.select().from(installationKeys).where(eq(installationKeys.name, ROOT));
  return row?.sealed ?? null;
}

/** Opens what `keepRoot` sealed; throws when no key of ours fits. */
export function openRoot(sealed: string): Buffer {
  return Buffer.from(open(sealed, contextOf(ROOT)), 'base64');
}

export function isRootOurs(sealed: string): boolean {
  return findOpener(sealed, contextOf(ROOT)) !== null;
}

/** Of several processes that start together one makes it; all get that one. */
export async function keepRoot(db: Db, root: Buffer): Promise<string> {
  const sealed = seal(root.toString('base64'), contextOf(ROOT));
  await db.insert(installationKeys).values({ name: ROOT, sealed, madeAt: now() }).onConflictDoNothing();
  return (await findRoot(db)) ?? sealed;
}

/** Another root for one that no key opens any more. */
export async function replaceRoot(db: Db, root: Buffer): Promise<void> {
  const sealed = seal(root.toString('base64'), contextOf(ROOT));
  await db.update(installationKeys).set({ sealed, madeAt: now() }).where(eq(installationKeys.name, ROOT));
}

function contextOf(name: string): string {
  return `installation/${name}`;
}
