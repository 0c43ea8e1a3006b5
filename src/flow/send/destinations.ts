import { and, asc, desc, eq, isNotNull, isNull, lte } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { Conflict, Invalid, NotFound } from '../../base/errors.ts';
import type { Audience } from '../../connectors/audience.ts';
import type { Connector } from '../../connectors/contract.ts';
import { findConnector } from '../../connectors/registry.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';
import { destinationRuns, destinations } from '../../db/schema/send-destinations.ts';
import { listSources, type Source } from '../collect/sources.ts';
import type { Wish } from './destination-people.sql.ts';
import { headerLine } from './settings.ts';

/** Minutes between two pushes; null is each night. */
export const RHYTHMS = [null, 60, 1] as const;

/** Nothing goes out by itself before somebody had the time to look at the dry run. */
const FIRST_PUSH_MS = 60 * 60_000;

export const destinationFields = z.strictObject({
  sourceId: z.string().min(1, 'Choose an account.'),
  segmentKey: z.string().min(1, 'Choose a segment.').max(200),
  name: headerLine.min(1, 'Give the audience a name.').max(100, 'Use at most 100 characters.'),
  isAdditiveOnly: z.boolean().default(false),
  everyMinutes: z.union([z.null(), z.literal(60), z.literal(1)], 'Choose one of the rhythms.').default(null),
});
export type Destination = typeof destinations.$inferSelect;
export type DestinationRun = typeof destinationRuns.$inferSelect;

/** The accounts that can take a segment: those of a connector that pushes. */
export async function listPushableSources(db: Db, workspaceId: string): Promise<Source[]> {
  return (await listSources(db, workspaceId)).filter((source) => {
    const connector = findConnector(source.connector);
    return connector !== null && takesSegments(connector);
  });
}

export function takesSegments(connector: Connector): boolean {
  return connector.push !== undefined && connector.audience !== undefined;
}

/** What a segment is there; throws Conflict where it is nothing. */
export function audienceOf(connector: Connector): Audience {
  if (!connector.audience) throw new Conflict(`${connector.name} takes no segments.`);
  return connector.audience;
}

/** A destination, as the statements of the difference need it. */
export function wishOf(destination: Destination, connector: Connector): Wish {
  const { workspaceId, id: destinationId, segmentKey, isAdditiveOnly } = destination;
  const { needs, entry, isForAds } = audienceOf(connector);
  return {
    workspaceId,
    destinationId,
    segmentKey,
    rules: { needs, entry, isForAds: isForAds ?? false, isAdditiveOnly },
  };
}

/** Points a segment at an account. `name` is the tag or audience there, kept when the segment is renamed. */
export async function createDestination(db: Db, workspaceId: string, given: unknown): Promise<Destination> {
  const parsed = destinationFields.safeParse(given);
  if (!parsed.success)
    throw new Invalid(parsed.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })));
  const { sourceId, segmentKey } = parsed.data;
  const source = (await listPushableSources(db, workspaceId)).find(({ id }) => id === sourceId);
  if (!source) throw new Invalid([{ path: 'sourceId', message: 'Choose an account that takes segments.' }]);
  await checkSegment(db, workspaceId, segmentKey);
  const [made] = await db
    .insert(destinations)
    .values({
      ...parsed.data,
      workspaceId,
      id: newId(),
      connector: source.connector,
      status: 'active',
      nextPushAt: parsed.data.everyMinutes === null ? null : new Date(now().getTime() + FIRST_PUSH_MS),
      createdAt: now(),
    })
    .returning();
  return made!;
}

export async function listDestinations(db: Db, workspaceId: string): Promise<Destination[]> {
  return await db
    .select()
    .from(destinations)
    .where(and(eq(destinations.workspaceId, workspaceId), isNull(destinations.removedAt)))
    .orderBy(asc(destinations.createdAt), asc(destinations.id));
}

export async function getDestination(db: Db, workspaceId: string, id: string): Promise<Destination> {
  const [row] = await db
    .select()
    .from(destinations)
    .where(and(isDestination(workspaceId, id), isNull(destinations.removedAt)));
  if (!row) throw new NotFound('There is no such destination.');
  return row;
}

export async function setDestination(
  db: Db,
  workspaceId: string,
  id: string,
  change: Partial<Destination>,
): Promise<void> {
  await db.update(destinations).set(change).where(isDestination(workspaceId, id));
}

/** Active ones whose next push beside the night has come, the longest overdue first. */
export async function listDueDestinations(db: Db, workspaceId: string, at: Date): Promise<Destination[]> {
  return await db
    .select()
    .from(destinations)
    .where(
      and(
        eq(destinations.workspaceId, workspaceId),
        isNull(destinations.removedAt),
        eq(destinations.status, 'active'),
        isNotNull(destinations.nextPushAt),
        lte(destinations.nextPushAt, at),
      ),
    )
    .orderBy(asc(destinations.nextPushAt), asc(destinations.id));
}

/** The newest first. */
export async function listDestinationRuns(
  db: Db,
  workspaceId: string,
  id: string,
  limit = 20,
): Promise<DestinationRun[]> {
  return await db
    .select()
    .from(destinationRuns)
    .where(and(eq(destinationRuns.workspaceId, workspaceId), eq(destinationRuns.destinationId, id)))
    .orderBy(desc(destinationRuns.startedAt), desc(destinationRuns.id))
    .limit(limit);
}

function isDestination(workspaceId: string, id: string) {
  return and(eq(destinations.workspaceId, workspaceId), eq(destinations.id, id));
}

async function checkSegment(db: Db, workspaceId: string, key: string): Promise<void> {
  const [segment] = await db
    .select({ key: segments.key })
    .from(segments)
    .where(and(eq(segments.workspaceId, workspaceId), eq(segments.key, key), isNull(segments.removedAt)));
  if (!segment) throw new Invalid([{ path: 'segmentKey', message: 'There is no such segment.' }]);
}
