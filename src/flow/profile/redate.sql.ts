import { and, eq, gt } from 'drizzle-orm';
import type { Scope } from '../../db/doors.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { findDatedTraits } from './dated-traits.ts';
import { replaceDatedValues } from './dated-values.sql.ts';

const AT_ONCE = 1_000;

/** Reads the dates among the traits of the next people in the zone of now. Gives the last of them; null: nobody is left. */
export async function redateSome({ db, workspace }: Scope, after: string | null): Promise<string | null> {
  const isOurs = eq(profileTraits.workspaceId, workspace.id);
  const people = await db
    .select({ profileId: profileTraits.profileId, traits: profileTraits.traits })
    .from(profileTraits)
    .where(after === null ? isOurs : and(isOurs, gt(profileTraits.profileId, after)))
    .orderBy(profileTraits.profileId)
    .limit(AT_ONCE);
  const rows = people.flatMap(({ profileId, traits }) =>
    findDatedTraits(profileId, traits as Record<string, unknown>, workspace.timezone),
  );
  const profileIds = people.map(({ profileId }) => profileId);
  await replaceDatedValues(db, workspace.id, { kind: 'trait', profileIds, rows });
  return people.at(-1)?.profileId ?? null;
}
