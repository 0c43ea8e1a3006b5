import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import type { Workspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { COMMAND_LINE } from '../../../src/flow/identify/by-hand.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { erasePerson } from '../../../src/tasks/erasing.ts';
import { mergePeople, partPeople } from '../../../src/tasks/people.ts';
import { insertCrowd, writeConsents, writeEvents, writeTraits } from './crowd.ts';
import { type Invented, peopleAround } from './random-people.ts';

type Change = { database: Database; workspace: Workspace; at: Date; share: number; seed: number };

/**
 * What happens to people between two refreshes, each to others: new traits, late, early and repeated events, orders
 * taken back, decisions, newcomers, two who are found to be one, two who are not after all, one who is erased.
 */
export async function changeCrowd(change: Change): Promise<void> {
  const { database, workspace, at, share, seed } = change;
  const living = await listLiving(database, workspace.id, seed);
  const each = Math.max(2, Math.round(living.length * share));
  const inventions = fc.sample(peopleAround(at), { numRuns: each * 4, seed });
  const take = () => pair(living.splice(0, each), inventions.splice(0, each));
  const edited = take().map(({ id, given }) => ({ id, traits: given.traits }));
  await writeTraits(database, workspace, edited, at);
  await writeEvents(database, workspace, take(), at);
  await writeConsents(database, workspace, take(), at);
  await takeBackEvents(change, living.splice(0, each));
  await insertCrowd(database, workspace, inventions, at);
  await moveIdentities(change, living);
}

async function moveIdentities({ database, workspace }: Change, living: string[]): Promise<void> {
  const by = { userId: COMMAND_LINE };
  for (let left = 3; left > 0 && living.length > 3; left -= 1) {
    const [profileId, otherId] = living.splice(0, 2) as [string, string];
    const kept = await mergePeople(database, workspace.id, { profileId, otherId, ...by });
    const formerId = kept === profileId ? otherId : profileId;
    // The last two were one only for a while, within one stretch between refreshes or over several.
    if (left === 1) await partPeople(database, workspace.id, { profileId: kept, formerId, ...by });
  }
  const former = await findMerged(database, workspace.id);
  if (former) await partPeople(database, workspace.id, { ...former, ...by });
  if (living[0]) await erasePerson(database, workspace.id, living[0]);
}

/** A newer version of an order took its events back: they are gone, and the person is looked at again. */
async function takeBackEvents({ database, workspace }: Change, ids: string[]): Promise<void> {
  await database.db.execute(sql`
    delete from events e where e.workspace_id = ${workspace.id} and e.profile_id = any(${sql.param(ids)}::uuid[])
       and e.name_id = 1`);
  await markChanged(database.db, workspace.id, ids);
}

/** In an order of chance that the seed decides. */
async function listLiving(database: Database, workspaceId: string, seed: number): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    database.db,
    sql`select id from profiles where workspace_id = ${workspaceId} and merged_into is null and erased_at is null
         order by md5(id::text || ${String(seed)})`,
  );
  return rows.map((row) => row.id);
}

/** Somebody who joined another the longest ago, and may part again. */
async function findMerged(database: Database, workspaceId: string) {
  const [row] = await rowsOf<{ formerId: string; profileId: string }>(
    database.db,
    sql`select f.id as "formerId", f.merged_into as "profileId"
          from profiles f join profiles p on p.workspace_id = f.workspace_id and p.id = f.merged_into
         where f.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null
           and f.erased_at is null
         order by f.id limit 1`,
  );
  return row;
}

function pair(ids: string[], inventions: Invented[]): { id: string; given: Invented }[] {
  return ids.map((id, index) => ({ id, given: inventions[index]! }));
}
