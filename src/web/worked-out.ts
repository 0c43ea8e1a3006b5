import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../base/clock.ts';
import { type Scope, withWorkspace } from '../db/doors.ts';
import { forgoHelpers } from '../db/planning.ts';
import { countPeople } from '../reports/people.sql.ts';
import type { PageContext } from './page.ts';

/**
 * Figures over everyone. A business of up to ten thousand people is counted anew for every page. In a larger one
 * nobody waits for that: a page shows what was worked out last, with the moment it is of, and what is older than a
 * minute is worked out again behind it. What nobody has asked for lately is waited for a moment, and then the page
 * says that it is being worked out. Each process remembers its own.
 */
const LARGE = 10_000;
const FRESH_MS = 60_000;
const KEPT_MS = 10 * 60_000;
const WAIT_MS = 100;
/** So many are kept of one kind, and asked for at once; the oldest makes room. */
const MOST_KEPT = 200;
const MOST_WAITING = 40;

export type WorkedOut<T> = { value: T | null; asOf: Date };
export type Asker = Pick<PageContext, 'web' | 'workspace'>;
type Kept<T> = { result: { value: T } | { error: unknown }; asOf: Date; endedAt: number };

/** Makes `(request, wish) => figures` of a piece of work; `value` is null while it is still being worked out. */
export function workedOut<Wish extends object, T>(
  work: (scope: Scope, wish: Wish) => Promise<T>,
): (request: Asker, wish: Wish) => Promise<WorkedOut<T>> {
  const kept = new Map<string, Kept<T>>();
  const underWay = new Map<string, Promise<void>>();
  const run = async ({ web, workspace }: Asker, wish: Wish) =>
    await withWorkspace(web, workspace.id, async (scope) => {
      await forgoHelpers(scope.db);
      return await work(scope, wish);
    });
  const renew = async (key: string, request: Asker, wish: Wish) => {
    const asOf = now();
    const result = await run(request, wish).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    kept.delete(key);
    kept.set(key, { result, asOf, endedAt: performance.now() });
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    underWay.delete(key);
  };
  return async (request, wish) => {
    if (!(await isLarge(request))) return { value: await run(request, wish), asOf: now() };
    const key = JSON.stringify([request.web.url, request.workspace.id, wish]);
    const age = performance.now() - (kept.get(key)?.endedAt ?? Number.NEGATIVE_INFINITY);
    if (age > KEPT_MS) kept.delete(key);
    if (age > FRESH_MS && !underWay.has(key) && underWay.size < MOST_WAITING)
      underWay.set(
        key,
        inTurn(kept.has(key) ? 'again' : 'first', () => renew(key, request, wish)),
      );
    if (age > KEPT_MS) await Promise.race([underWay.get(key), sleep(WAIT_MS)]);
    return read(kept.get(key));
  };
}

function read<T>(found: Kept<T> | undefined): WorkedOut<T> {
  if (!found) return { value: null, asOf: now() };
  if ('error' in found.result) throw found.result.error;
  return { value: found.result.value, asOf: found.asOf };
}

/**
 * One piece of work at a time that somebody waits for, and beside it one that is renewed: the database has pages to serve
 * meanwhile, and segments to refresh.
 */
const lanes = { first: Promise.resolve(), again: Promise.resolve() };

function inTurn(lane: keyof typeof lanes, work: () => Promise<void>): Promise<void> {
  lanes[lane] = lanes[lane].then(work);
  return lanes[lane];
}

/** A business that was large is not asked about again. */
const large = new Set<string>();

async function isLarge({ web, workspace }: Asker): Promise<boolean> {
  if (large.has(workspace.id)) return true;
  const people = await withWorkspace(web, workspace.id, ({ db }) =>
    countPeople(db, workspace.id, {}, LARGE + 1),
  );
  if (people > LARGE) large.add(workspace.id);
  return people > LARGE;
}
