import { sql } from 'drizzle-orm';
import { keyedHash } from '../../base/secrets.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { erasures } from '../../db/schema/identify.ts';
import { type Identifier, type IdentifierKey, keyOf } from './kinds.ts';

/** Knows an erased identifier again without keeping it. */
export function erasureHash(workspaceId: string, { kind, value }: Identifier): string {
  return keyedHash('erasure', [workspaceId, kind, value].join('\u0000'));
}

/** Which of these identifiers belonged to somebody who was erased. Hashes nothing where nobody ever was. */
export async function findErased(
  db: Db,
  workspaceId: string,
  given: Identifier[],
): Promise<Set<IdentifierKey>> {
  const [any] = await rowsOf(db, sql`select 1 from ${erasures} where workspace_id = ${workspaceId} limit 1`);
  if (!any) return new Set();
  const byHash = new Map(given.map((one) => [erasureHash(workspaceId, one), keyOf(one)]));
  const rows = await rowsOf<{ hash: string }>(
    db,
    sql`select hash from ${erasures}
         where workspace_id = ${workspaceId} and hash = any(${sql.param([...byHash.keys()])}::text[])`,
  );
  return new Set(rows.map(({ hash }) => byHash.get(hash)!));
}

/** Keeps the hashes of a person's identifiers. */
export async function insertErasures(
  db: Db,
  workspaceId: string,
  given: Identifier[],
  at: Date,
): Promise<void> {
  const hashes = given.map((one) => erasureHash(workspaceId, one));
  await db.execute(sql`
    insert into ${erasures} (workspace_id, hash, erased_at)
    select ${workspaceId}::uuid, g.hash, ${at.toISOString()}::timestamptz
      from unnest(${sql.param(hashes)}::text[]) as g (hash)
        on conflict (workspace_id, hash) do nothing`);
}
