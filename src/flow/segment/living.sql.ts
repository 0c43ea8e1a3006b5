import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';

/** Everyone a rule could match: not joined to another, not erased. */
export async function countLiving(db: Db, workspaceId: string): Promise<number> {
  const [row] = await rowsOf<{ people: string }>(
    db,
    sql`select count(*) as people from ${profiles} p
         where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null`,
  );
  return Number(row?.people ?? 0);
}

/** From this share of people on, everyone at once is cheaper than some by name. */
const WORTH_EVERYONE = 0.2;
/** So few are looked at by name without counting how many that is of all. */
const FEW = 5_000;

/** Are so many a great part of all? Counts only where it can matter. */
export async function isGreatPart(db: Db, workspaceId: string, people: number): Promise<boolean> {
  return people > FEW && people > WORTH_EVERYONE * (await countLiving(db, workspaceId));
}
