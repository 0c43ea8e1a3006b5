import { and, asc, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { open, seal } from '../../base/secrets.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { departures, destinationMembers, destinations } from '../../db/schema/send-destinations.ts';
import type { Target } from './destination-people.sql.ts';

const known = z.object({
  profileId: z.string(),
  address: z.string().nullable(),
  phone: z.string().nullable(),
});
export type Departure = z.infer<typeof known> & { id: string };

const THERE = ['in', 'waiting', 'leaving', 'kept'];
const MOST = 1_000;

/**
 * Keeps, sealed, what people about to be erased are known by at the destinations they are at, so that those can be
 * told to forget them too. Called in the transaction that erases.
 */
export async function keepDepartures(db: Db, workspaceId: string, profileIds: string[]): Promise<void> {
  const members = await db
    .select({ member: destinationMembers })
    .from(destinationMembers)
    .innerJoin(
      destinations,
      and(
        eq(destinations.workspaceId, destinationMembers.workspaceId),
        eq(destinations.id, destinationMembers.destinationId),
      ),
    )
    .where(
      and(
        eq(destinationMembers.workspaceId, workspaceId),
        inArray(destinationMembers.profileId, profileIds),
        inArray(destinationMembers.state, THERE),
      ),
    );
  if (members.length === 0) return;
  await db.insert(departures).values(
    members.map(({ member: { destinationId, profileId, address, phone } }) => {
      const id = newId();
      const sealed = seal(JSON.stringify({ profileId, address, phone }), contextOf(workspaceId, id));
      return { workspaceId, id, destinationId, sealed, createdAt: now() };
    }),
  );
}

/** The oldest first. */
export async function listDepartures(
  db: Db,
  { workspaceId, destinationId }: Pick<Target, 'workspaceId' | 'destinationId'>,
): Promise<Departure[]> {
  const rows = await db
    .select()
    .from(departures)
    .where(and(eq(departures.workspaceId, workspaceId), eq(departures.destinationId, destinationId)))
    .orderBy(asc(departures.createdAt), asc(departures.id))
    .limit(MOST);
  return rows.map(({ id, sealed }) => ({
    id,
    ...known.parse(JSON.parse(open(sealed, contextOf(workspaceId, id)))),
  }));
}

/** The destination knows: nothing is left to keep. */
export async function deleteDepartures(db: Db, workspaceId: string, ids: string[]): Promise<void> {
  await db
    .delete(departures)
    .where(and(eq(departures.workspaceId, workspaceId), inArray(departures.id, ids)));
}

/** The place of one, as `seal` and `open` take it. */
export function contextOf(workspaceId: string, id: string): string {
  return `${workspaceId}/departure/${id}`;
}
