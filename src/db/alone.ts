import pg from 'pg';
import { logLoss } from './pool.ts';

/**
 * Does work of the installation that no two processes may do at once. Null where another one is at it. Held by a
 * connection of its own, so that a process that dies lets go at once.
 */
export async function alone<T>(url: string, lock: number, work: () => Promise<T>): Promise<T | null> {
  const client = new pg.Client({ connectionString: url, application_name: 'segments-alone' });
  // It rests while the work goes on.
  client.on('error', logLoss);
  await client.connect();
  try {
    const { rows } = await client.query<{ had: boolean }>('select pg_try_advisory_lock($1) as had', [lock]);
    return rows[0]?.had ? await work() : null;
  } finally {
    await client.end();
  }
}
