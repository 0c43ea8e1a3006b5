import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Conflict } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { type Scope, withWorkspace } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';
import { orNull } from './budget.ts';
import { countMoved, type Found, findMisplaced, keepCheck, listDueChecks } from './checks.sql.ts';
import { loadKnowledge } from './known.ts';
import { findLastAsOf, refreshWorkspace } from './refresh.ts';
import { parseDefinition } from './rules/node.ts';
import { getSegment } from './segments.ts';

/** Beside those that are new, were edited or stood wrong: the others take turns. */
const ROTATING = 10;
const NIGHT_MS = 180_000;
const STATEMENT_MS = 60_000;
/** A refresh may publish in the middle of a check; then it is done again. */
const TRIES = 3;

/**
 * Holds a part of the segments against a computation from nothing, within a time; who was left goes first the next
 * night. Reads memberships, and changes none.
 */
export async function checkSomeSegments(
  database: Database,
  workspaceId: string,
  wish: { rotating?: number; budgetMs?: number } = {},
): Promise<{ checked: number; wrong: number }> {
  const startedAt = performance.now();
  const keys = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await listDueChecks(db, workspaceId, wish.rotating ?? ROTATING),
  );
  const done = { checked: 0, wrong: 0 };
  for (const key of keys) {
    if (performance.now() - startedAt > (wish.budgetMs ?? NIGHT_MS)) break;
    const found = await checkSegment(database, workspaceId, key);
    if (found) done.checked += 1;
    if (found && found.people.length > 0) {
      done.wrong += 1;
      const { missing, surplus } = found;
      log.error({ workspaceId, segment: key, missing, surplus }, 'A segment differs from its rule');
    }
  }
  const ms = Math.round(performance.now() - startedAt);
  log.info({ workspaceId, ...done, left: keys.length - done.checked, ms }, 'Checked segments');
  return done;
}

/** Null where it cannot be said now: it took too long, has no result of its present rule, or refreshes never pause. */
export async function checkSegment(
  database: Database,
  workspaceId: string,
  key: string,
): Promise<Found | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await withWorkspace(database, workspaceId, async (scope) => await lookOnce(scope, key));
    if (found !== 'again') return found;
  }
  return null;
}

/** Computes a segment from nothing, as if its rule were new, and looks again. Throws Conflict while another refresh runs. */
export async function recountSegment(
  database: Database,
  workspaceId: string,
  key: string,
): Promise<{ entered: number; left: number; found: Found | null }> {
  await withWorkspace(database, workspaceId, async ({ db }) => {
    const segment = await getSegment(db, workspaceId, key);
    if (!segment.isEnabled) throw new Conflict('This segment is switched off. Switch it on first.');
    await db
      .update(segments)
      .set({ computedVersion: null })
      .where(and(eq(segments.workspaceId, workspaceId), eq(segments.key, key)));
  });
  const { id } = await refreshWorkspace(database, workspaceId, { trigger: 'check' });
  const moved = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await countMoved(db, { workspaceId, refreshId: id, key }),
  );
  return { ...moved, found: await checkSegment(database, workspaceId, key) };
}

async function lookOnce({ db, workspace }: Scope, key: string): Promise<Found | null | 'again'> {
  const asOf = await findLastAsOf(db, workspace.id);
  const segment = await getSegment(db, workspace.id, key);
  if (!asOf || segment.status !== 'ready' || segment.computedVersion !== segment.version) return null;
  const knowledge = await loadKnowledge(db, workspace);
  const definition = parseDefinition(segment.definition, knowledge.known);
  const looking = { ...knowledge, workspaceId: workspace.id, asOf, profileIds: null };
  const limit = { ms: STATEMENT_MS, isWhole: true };
  const found = await orNull(db, limit, async (tx) => await findMisplaced(tx, looking, { key, definition }));
  if (!found) return null;
  if ((await findLastAsOf(db, workspace.id))?.getTime() !== asOf.getTime()) return 'again';
  await keepCheck(db, { workspaceId: workspace.id, key }, { ...found, checkedAt: now(), asOf });
  return found;
}
