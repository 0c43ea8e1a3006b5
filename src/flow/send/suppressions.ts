import { and, desc, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Db } from '../../db/pool.ts';
import { suppressions } from '../../db/schema/send.ts';
import { matchAddress } from '../identify/normalise.ts';
import { addressKey } from './address-key.ts';
import { insertSuppressions, type SuppressionRow } from './suppressions.sql.ts';

export type SuppressionReason =
  | 'hard_bounce'
  | 'complaint'
  | 'unsubscribed'
  | 'erased'
  | 'imported'
  | 'by_hand';
export type GivenSuppression = { email: string; reason: SuppressionReason };

/** Never write to these addresses again, whoever they belong to. What is no address is left out. Returns how many are new. */
export async function suppressAddresses(
  db: Db,
  origin: { workspaceId: string; sourceId?: string | undefined },
  given: GivenSuppression[],
): Promise<number> {
  const rows = toRows(origin.workspaceId, given);
  if (rows.length === 0) return 0;
  const scope = { workspaceId: origin.workspaceId, sourceId: origin.sourceId ?? null, at: now() };
  return (await insertSuppressions(db, scope, rows)).length;
}

export async function isSuppressed(db: Db, workspaceId: string, email: string): Promise<boolean> {
  const hash = addressKey(workspaceId, email);
  if (hash === null) return false;
  const [row] = await db
    .select({ hash: suppressions.hash })
    .from(suppressions)
    .where(isHash(workspaceId, hash));
  return row !== undefined;
}

/** The newest ones, for Settings. An address is shown only while the person is known. */
export async function listSuppressions(db: Db, workspaceId: string, limit = 100) {
  return await db
    .select()
    .from(suppressions)
    .where(eq(suppressions.workspaceId, workspaceId))
    .orderBy(desc(suppressions.createdAt), suppressions.hash)
    .limit(limit);
}

/** After a person was erased the hash stays, the address goes. */
export async function forgetSuppressedAddresses(
  db: Db,
  workspaceId: string,
  emails: string[],
): Promise<void> {
  for (const email of emails) {
    const hash = addressKey(workspaceId, email);
    if (hash) await db.update(suppressions).set({ address: null }).where(isHash(workspaceId, hash));
  }
}

/** The first reason stays when one address is given twice. */
function toRows(workspaceId: string, given: GivenSuppression[]): SuppressionRow[] {
  const rows = new Map<string, SuppressionRow>();
  for (const { email, reason } of given) {
    const hash = addressKey(workspaceId, email);
    if (hash && !rows.has(hash)) rows.set(hash, { hash, address: matchAddress(email), reason });
  }
  return [...rows.values()];
}

function isHash(workspaceId: string, hash: string) {
  return and(
    eq(suppressions.workspaceId, workspaceId),
    eq(suppressions.channel, 'email'),
    eq(suppressions.hash, hash),
  );
}
