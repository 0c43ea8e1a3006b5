import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { reconciliations } from '../../db/schema/collect-reconciliations.ts';
import type { Compared } from './reconciliations.sql.ts';

type Owner = { workspaceId: string; sourceId: string };
type Line = Pick<Compared, 'stream' | 'figure' | 'day' | 'currency'>;

/**
 * Notes that somebody knows why a day differs: it warns no more as long as it differs by as much. False where it does
 * not differ as they saw it. The primary key; may run twice.
 */
export async function noteKnownGap(
  db: Db,
  owner: Owner,
  line: Line & Pick<Compared, 'theirs' | 'ours'>,
  by: { userId: string; at: Date },
): Promise<boolean> {
  const noted = await rowsOf(
    db,
    sql`
      update ${reconciliations}
         set known_gap = theirs - ours, known_by = ${by.userId}, known_at = ${by.at.toISOString()}
       where ${isLine(owner, line)} and state = 'drift' and theirs - ours = ${line.theirs}::numeric - ${line.ours}::numeric
      returning day`,
  );
  return noted.length > 0;
}

/** It warns again. False where nobody had noted it. */
export async function forgetKnownGap(db: Db, owner: Owner, line: Line): Promise<boolean> {
  const forgotten = await rowsOf(
    db,
    sql`
      update ${reconciliations} set known_gap = null, known_by = null, known_at = null
       where ${isLine(owner, line)} and known_gap is not null
      returning day`,
  );
  return forgotten.length > 0;
}

function isLine({ workspaceId, sourceId }: Owner, { stream, figure, day, currency }: Line) {
  return sql`workspace_id = ${workspaceId} and source_id = ${sourceId} and stream = ${stream}
             and figure = ${figure} and day = ${day} and currency = ${currency}`;
}
