import { createCipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { configureRoot, configureSecrets } from '../../src/base/secrets.ts';
import { type Database, rowsOf } from '../../src/db/pool.ts';

/** A key as the product uses it, of the text that stands in SECRET_KEY. */
export function toKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** This process with SECRET_KEY and SECRET_KEY_PREVIOUS; hashes and signatures as the first key of all makes them. */
export function useKeys(root: string, current: string, ...previous: string[]): void {
  configureSecrets(() => ({ current: toKey(current), previous: previous.map(toKey) }));
  configureRoot(toKey(root));
}

/** Sealed as it was before sealed texts named their key. */
export function sealAsBefore(plain: string, context: string, secretKey: string): string {
  const key = Buffer.from(hkdfSync('sha256', toKey(secretKey), 'segments', 'seal', 32));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return `v1.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
}

/** In which tables a text stands, whatever the column. */
export async function findTablesWith({ db }: Database, text: string): Promise<string[]> {
  const tables = await rowsOf<{ name: string }>(
    db,
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await rowsOf(
      db,
      sql`select 1 from ${sql.identifier(name)} t where strpos(t::text, ${text}) > 0 limit 1`,
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}
