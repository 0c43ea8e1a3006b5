import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Conflict, Invalid, NotFound } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { segments, segmentVersions } from '../../db/schema/segment.ts';
import { AUTOMATIC_PREFIXES } from './automatic/automatic.ts';
import { refuseCircle } from './circles.ts';
import { loadKnowledge } from './known.ts';
import { type Node, parseDefinition } from './rules/node.ts';

export type Segment = Omit<typeof segments.$inferSelect, 'definition'> & { definition: unknown };

/** Every segment that was not removed, the oldest first. */
export async function listSegments(db: Db, workspaceId: string): Promise<Segment[]> {
  return await db
    .select()
    .from(segments)
    .where(and(eq(segments.workspaceId, workspaceId), isNull(segments.removedAt)))
    .orderBy(asc(segments.createdAt), asc(segments.key));
}

export async function getSegment(db: Db, workspaceId: string, key: string): Promise<Segment> {
  const [row] = await db
    .select()
    .from(segments)
    .where(and(eq(segments.workspaceId, workspaceId), eq(segments.key, key), isNull(segments.removedAt)));
  if (!row) throw new NotFound('There is no such segment.');
  return row;
}

export type SegmentWish = {
  key: string;
  name: string;
  description?: string | null;
  definition: unknown;
  userId?: string | null;
  /** `static`: a list that is filled by hand; its rule is no one. */
  kind?: 'custom' | 'static';
};

/** A new segment of a person's own; computed by the next refresh. Throws Invalid with paths into the definition. */
export async function createSegment(db: Db, workspace: Workspace, wish: SegmentWish): Promise<Segment> {
  checkKey(wish.key);
  await checkDefinition(db, workspace, wish.key, wish.definition);
  const at = now();
  const [row] = await db
    .insert(segments)
    .values({
      workspaceId: workspace.id,
      key: wish.key,
      name: wish.name,
      description: wish.description ?? null,
      kind: wish.kind ?? 'custom',
      definition: wish.definition,
      version: 1,
      status: 'pending',
      createdBy: wish.userId ?? null,
      createdAt: at,
      updatedAt: at,
    })
    .onConflictDoNothing()
    .returning();
  if (!row) throw new Conflict(`There is or was a segment with the key “${wish.key}”. Choose another key.`);
  await keepVersion(db, row, wish);
  return row;
}

export type SegmentPatch = {
  name?: string | undefined;
  description?: string | null | undefined;
  definition?: unknown;
  userId?: string | null;
  /** Nothing outside reacts to who enters and leaves by this change of the rule. */
  isQuiet?: boolean;
};

/**
 * Changes a segment of a person's own. Another definition is another version, computed in full by the next refresh. Throws
 * Conflict where somebody else has made the next version meanwhile: of two rules under one number one would be lost.
 */
export async function updateSegment(
  db: Db,
  workspace: Workspace,
  key: string,
  patch: SegmentPatch,
): Promise<Segment> {
  const found = await getSegment(db, workspace.id, key);
  if (found.kind !== 'custom')
    throw new Conflict('An automatic segment cannot be edited. Build one of your own from it.');
  if (patch.definition !== undefined) await checkDefinition(db, workspace, key, patch.definition);
  const isEdit = patch.definition !== undefined && !isSameJson(patch.definition, found.definition);
  const [row] = await db
    .update(segments)
    .set({
      // What is not given is left as it may have become meanwhile.
      name: patch.name,
      description: patch.description,
      ...(isEdit
        ? { definition: patch.definition, version: found.version + 1, status: 'pending', statusReason: null }
        : {}),
      updatedAt: now(),
    })
    .where(
      and(
        eq(segments.workspaceId, workspace.id),
        eq(segments.key, key),
        isEdit ? eq(segments.version, found.version) : undefined,
      ),
    )
    .returning();
  if (!row) throw new Conflict(SAVED_TWICE);
  await keepVersion(db, row, patch);
  return row;
}

const SAVED_TWICE =
  'Somebody else saved this rule at the same moment. Look at it as it is now, and save yours again if it should stand.';

/** Keys come back from jsonb in an order of its own. */
function isSameJson(given: unknown, stored: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(given)), stored);
}

/** Removes a segment of a person's own. Refused while another segment names it. */
export async function removeSegment(db: Db, workspaceId: string, key: string): Promise<void> {
  const found = await getSegment(db, workspaceId, key);
  if (found.kind !== 'custom' && found.kind !== 'static')
    throw new Conflict('An automatic segment cannot be removed; it can be switched off.');
  const others = (await listSegments(db, workspaceId)).filter(
    (one) => one.key !== key && namesSegment(one.definition, key),
  );
  if (others[0]) throw new Conflict(`The segment “${others[0].name}” uses this one. Change that first.`);
  await db
    .update(segments)
    .set({ removedAt: now(), isEnabled: false })
    .where(and(eq(segments.workspaceId, workspaceId), eq(segments.key, key)));
}

/** Parses what is stored or given: a definition is checked when read, not only when written. */
export async function checkDefinition(
  db: Db,
  workspace: Pick<Workspace, 'id' | 'timezone'>,
  key: string,
  given: unknown,
): Promise<Node> {
  const { known } = await loadKnowledge(db, workspace);
  const definition = parseDefinition(given, known);
  refuseCircle(await listSegments(db, workspace.id), { key, definition });
  return definition;
}

function checkKey(key: string): void {
  const issues = [];
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(key))
    issues.push({ path: 'key', message: 'Use small letters, digits and hyphens, at most 100.' });
  if (AUTOMATIC_PREFIXES.some((prefix) => key.startsWith(prefix)))
    issues.push({
      path: 'key',
      message: `Keys beginning with ${AUTOMATIC_PREFIXES.join(', ')} are for automatic segments.`,
    });
  if (issues.length) throw new Invalid(issues);
}

async function keepVersion(
  db: Db,
  row: Segment,
  by: { userId?: string | null; isQuiet?: boolean },
): Promise<void> {
  await db
    .insert(segmentVersions)
    .values({
      workspaceId: row.workspaceId,
      segmentKey: row.key,
      version: row.version,
      name: row.name,
      definition: row.definition,
      isQuiet: by.isQuiet ?? false,
      createdBy: by.userId ?? null,
      createdAt: row.updatedAt,
    })
    .onConflictDoUpdate({
      target: [segmentVersions.workspaceId, segmentVersions.segmentKey, segmentVersions.version],
      set: { name: sql`excluded.name` },
    });
}

/** Does a definition, at any depth, name this segment? */
export function namesSegment(definition: unknown, key: string): boolean {
  if (Array.isArray(definition)) return definition.some((one) => namesSegment(one, key));
  if (typeof definition !== 'object' || definition === null) return false;
  return Object.entries(definition).some(
    ([name, value]) => (name === 'segment' && value === key) || namesSegment(value, key),
  );
}
