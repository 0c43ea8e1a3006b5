import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../../base/clock.ts';
import { ConnectorError } from '../../base/errors.ts';
import type { Http, HttpOptions, HttpRequest } from '../../base/http.ts';
import type { Database } from '../../db/pool.ts';
import { postponeAsking, readNotBefore } from './budget.sql.ts';
import type { Source } from './sources.ts';

/** A wait this long is waited for; a longer one ends the run, and the schedule comes back. */
const PATIENCE_MS = 30_000;

/**
 * A source's door out that keeps to what the vendor asked of any process: who is told to wait writes it down, and
 * whoever asks next, wherever it runs, looks there first.
 */
export function keepToBudget(
  database: Database,
  source: Source,
  open: (options: Pick<HttpOptions, 'noteWait'>) => Http,
): Http {
  const noteWait = async (ms: number) =>
    await postponeAsking(database.db, source, new Date(now().getTime() + lengthen(ms)));
  const door = open({ noteWait });
  const ask = async (request: HttpRequest) => {
    await waitForTurn(database, source);
    return await door(request);
  };
  const lines = async function* (request: Parameters<Http['lines']>[0]) {
    await waitForTurn(database, source);
    yield* door.lines(request);
  };
  return Object.assign(ask, { lines });
}

/** Never less than what the vendor asked, and not all at the same moment. */
export function lengthen(ms: number): number {
  return ms * (1 + Math.random() / 5);
}

/** About as long: a fifth less or more, so that what failed together does not come back together. */
export function vary(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}

async function waitForTurn(database: Database, source: Source): Promise<void> {
  for (;;) {
    const notBefore = await readNotBefore(database.db, source);
    const leftMs = (notBefore?.getTime() ?? 0) - now().getTime();
    if (leftMs <= 0) return;
    if (leftMs > PATIENCE_MS)
      throw new ConnectorError(`${source.name} has asked us to wait, so nothing was asked of it now.`, {
        retryable: true,
        retryAfterMs: leftMs,
      });
    await sleep(leftMs);
  }
}
