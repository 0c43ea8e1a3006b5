import pg from 'pg';
import { DISTRIBUTION, type Placement } from './distribution.ts';

type Step = { table: string; column: string | null; with: string };

/**
 * Spreads the tables over a Citus cluster as DISTRIBUTION says: reference tables first, then the roots of each
 * group, then what lies with them. Wholly or not at all; a second run finds nothing to do. Answers the tables it
 * moved, or null on a server without the extension.
 */
export async function distributeTables(url: string): Promise<string[] | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_extension where extname = 'citus'");
    if (rowCount === 0) return null;
    await client.query('begin');
    const moved = await moveAll(client);
    await client.query('commit');
    return moved;
  } finally {
    await client.end();
  }
}

/** In the order in which a cluster can take them. */
export function planSteps(distribution: Record<string, Placement>): Step[] {
  const steps = Object.entries(distribution).flatMap(([table, placement]): Step[] => {
    if (placement === 'local') return [];
    if (placement === 'reference') return [{ table, column: null, with: 'none' }];
    return [{ table, column: placement.by, with: placement.with ?? 'none' }];
  });
  const rank = (step: Step) => (step.column === null ? 0 : step.with === 'none' ? 1 : 2);
  return steps.sort((a, b) => rank(a) - rank(b));
}

async function moveAll(client: pg.Client): Promise<string[]> {
  const moved: string[] = [];
  for (const step of planSteps(DISTRIBUTION)) {
    if (!(await isDistributed(client, step.table))) {
      await move(client, step);
      moved.push(step.table);
    }
  }
  return moved;
}

async function isDistributed(client: pg.Client, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from pg_dist_partition where logicalrelid = $1::regclass and (partmethod = 'h' or repmodel = 't')`,
    [table],
  );
  return rowCount !== 0;
}

async function move(client: pg.Client, { table, column, with: neighbour }: Step): Promise<void> {
  if (column === null) await client.query('select create_reference_table($1)', [table]);
  else
    await client.query('select create_distributed_table($1, $2, colocate_with => $3)', [
      table,
      column,
      neighbour,
    ]);
  // Distributing a filled table leaves the old rows behind, hidden, on the coordinator.
  await client.query('select truncate_local_data_after_distributing_table($1)', [table]);
}
