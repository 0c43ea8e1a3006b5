import { sql } from 'drizzle-orm';
import { Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { lookAt, readMoment } from './moment.ts';
import { previewSql } from './preview.sql.ts';
import { leavesOf, parseDefinition } from './rules/node.ts';

export type Preview = {
  asOf: Date;
  count: number;
  estimate: false;
  /** Ids of at most ten people who satisfy the rule. */
  sample: string[];
  /** How many each condition alone is true of. */
  leaves: { path: string; count: number }[];
};

const TIMEOUT_MS = 5_000;

/**
 * Who would be in a segment with this rule, counted exactly, without writing anything. Takes a transaction of its
 * own that reads only and gives up after five seconds. Throws Invalid with paths into the definition.
 */
export async function previewDefinition(
  db: Db,
  workspace: Workspace,
  wish: { definition: unknown; asOf?: Date | undefined },
): Promise<Preview> {
  const moment = await readMoment(db, workspace, wish.asOf);
  const node = parseDefinition(wish.definition, moment.knowledge.known);
  await db.execute(sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true),
                              set_config('transaction_read_only', 'on', true),
                              set_config('enable_nestloop', 'off', true)`);
  const leaves = leavesOf(node);
  const counted = await orTooSlow(() =>
    previewSql(
      db,
      lookAt(moment),
      node,
      leaves.map(({ leaf }) => leaf),
    ),
  );
  return {
    asOf: moment.asOf,
    count: counted.count,
    estimate: false,
    sample: counted.sample,
    leaves: leaves.map(({ path }, index) => ({ path, count: counted.leaves[index] ?? 0 })),
  };
}

async function orTooSlow<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) !== '57014') throw error;
    const message =
      'Counting took more than five seconds. Save the segment to have it computed, or narrow it.';
    throw new Invalid([{ path: 'definition', message }], { cause: error });
  }
}

/** drizzle wraps the driver's error, which carries the SQLSTATE. */
function codeOf(error: unknown): unknown {
  const inner = error instanceof Error && error.cause ? error.cause : error;
  return typeof inner === 'object' && inner !== null && 'code' in inner ? inner.code : undefined;
}
