import { sql } from 'drizzle-orm';
import { Invalid } from '../../base/errors.ts';
import { stateOf } from '../../db/deadlocks.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { CANCELLED } from './budget.ts';
import { matchedThen, publishedThen } from './cohort.sql.ts';
import { readMoment } from './moment.ts';
import { parseDefinition } from './rules/node.ts';
import type { Segment } from './segments.ts';

/** `then`: as published on the day. `today`: the definition as it stands now, run on the day. */
export type Reading = 'then' | 'today';

/** Longer than a preview may take: the past is computed from events and the history of traits. */
const TIMEOUT_MS = 15_000;

/** Rows of profile_id for who was in a segment at a moment, by either reading. */
export async function cohortAt(
  db: Db,
  workspace: Workspace,
  wish: { segment: Segment; reading: Reading; asOf: Date },
) {
  const moment = await readMoment(db, workspace, wish.asOf);
  return wish.reading === 'then'
    ? publishedThen(moment, wish.segment.key)
    : matchedThen(moment, {
        key: wish.segment.key,
        definition: parseDefinition(wish.segment.definition, moment.knowledge.known),
      });
}

/** Makes the rest of this transaction read only and give up in time; throws Invalid in words when it does. */
export async function readPatiently<T>(db: Db, work: () => Promise<T>): Promise<T> {
  await db.execute(sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true),
                              set_config('transaction_read_only', 'on', true)`);
  try {
    return await work();
  } catch (error) {
    if (stateOf(error) !== CANCELLED) throw error;
    const message = `This took more than ${TIMEOUT_MS / 1000} seconds. Choose a later day, or look at the members as published.`;
    throw new Invalid([{ path: 'on', message }], { cause: error });
  }
}
