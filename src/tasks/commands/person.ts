import { z } from 'zod';
import { NotFound } from '../../base/errors.ts';
import { withPlatform, withWorkspace } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { COMMAND_LINE } from '../../flow/identify/by-hand.ts';
import { findProfileByIdentifier, findProfileId } from '../../flow/identify/profiles.ts';
import { writeAudit } from '../../staff/audit.ts';
import { command } from '../command.ts';
import { erasePerson, exportPerson } from '../erasing.ts';
import { mergePeople, partPeople } from '../people.ts';

const workspace = z.uuid('must be the id of a workspace');
/** An id, also a former one, or an identifier: `email:ada@example.com`. */
const person = z.string().min(1).max(500);

export const commands = [
  command({
    name: 'person merge',
    about: 'makes one person of two: --profile and --with, each an id or email:… user_id:… phone:…',
    options: z.object({ workspace, profile: person, with: person }),
    run: async ({ database }, given) => {
      const profileId = await getPerson(database, given.workspace, given.profile);
      const otherId = await getPerson(database, given.workspace, given.with);
      const kept = await mergePeople(database, given.workspace, { profileId, otherId, userId: COMMAND_LINE });
      await note(database, given.workspace, 'person.merged', kept);
      return { profile: kept, merged: kept === profileId ? otherId : profileId };
    },
  }),
  command({
    name: 'person part',
    about: 'undoes a merge: --profile, and the id the other person had before as --former',
    options: z.object({ workspace, profile: person, former: z.uuid('must be the id of a profile') }),
    run: async ({ database }, given) => {
      const profileId = await getPerson(database, given.workspace, given.profile);
      await partPeople(database, given.workspace, {
        profileId,
        formerId: given.former,
        userId: COMMAND_LINE,
      });
      await note(database, given.workspace, 'person.parted', profileId);
      return { profile: profileId, parted: given.former };
    },
  }),
  command({
    name: 'person export',
    about: 'prints everything that is kept of one person, by table',
    options: z.object({ workspace, profile: person }),
    run: async ({ database }, given) => {
      const profileId = await getPerson(database, given.workspace, given.profile);
      const tables = await exportPerson(database, given.workspace, profileId);
      await note(database, given.workspace, 'person.exported', profileId);
      return { profile: profileId, tables };
    },
  }),
  command({
    name: 'person erase',
    about: 'erases one person everywhere, for good; prints what went, by table',
    options: z.object({ workspace, profile: person }),
    run: async ({ database }, given) => {
      const profileId = await getPerson(database, given.workspace, given.profile);
      const erased = await erasePerson(database, given.workspace, profileId);
      await note(database, given.workspace, 'person.erased', profileId);
      return { profile: profileId, erased };
    },
  }),
];

async function getPerson(database: Database, workspaceId: string, given: string): Promise<string> {
  return await withWorkspace(database, workspaceId, async ({ db }) => {
    const [kind = '', ...rest] = given.split(':');
    const isId = z.guid().safeParse(given).success;
    const id = isId
      ? await findProfileId(db, workspaceId, given)
      : await findProfileByIdentifier(db, workspaceId, kind, rest.join(':'));
    if (!id) throw new NotFound('There is no such person.');
    return id;
  });
}

async function note(database: Database, workspaceId: string, action: string, subject: string): Promise<void> {
  const entry = { workspaceId, userId: null, action, subject, details: { by: 'command' } };
  await withPlatform(database, async (db) => await writeAudit(db, entry));
}
