import { z } from 'zod';
import { Invalid, NotFound } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { rehearseJoin } from '../../../flow/identify/by-hand.ts';
import { findProfileByIdentifier, findProfileId } from '../../../flow/identify/profiles.ts';
import { listTraits } from '../../../flow/profile/traits.sql.ts';
import { loadProfiles, type ProfileShape } from '../../../reports/profiles.ts';
import { mergePeople, partPeople } from '../../../tasks/people.ts';
import { audit } from '../../audit.ts';
import { joiningModels, rehearsalModel } from '../../models/merges.ts';
import type { Eyes } from '../../models/people.ts';
import { personName } from '../../models/person.ts';
import { type PageContext, page } from '../../page.ts';
import { loadConflicts, loadJoinings } from './joinings.ts';

const params = z.strictObject({ id: z.uuid() });
/** What an admin may paste for the other person: an id, or any identifier. */
const KINDS = ['email', 'user_id', 'phone', 'anonymous_id'];

/** What joined this person, with undo; and the rehearsal of a merge before it is done. */
export const showMerges = page({
  params,
  query: z.strictObject({ with: z.string().trim().max(400).optional() }),
  handle: async (request) => await showForm(request, request.params.id, request.query.with ?? '', {}),
});

export const createMerge = page({
  params,
  body: z.strictObject({ with: z.uuid('Choose the other person first.') }),
  handle: async (request) => {
    const { workspace, user } = request;
    const wish = { profileId: request.params.id, otherId: request.body.with, userId: user.id };
    const kept = await mergePeople(request.pipeline, workspace.id, wish);
    await audit(request, 'person.merged', {
      subject: kept,
      details: { profileId: wish.profileId, otherId: wish.otherId },
    });
    return { redirect: `/people/${kept}`, flash: 'Merged. It can be undone under “Merge or undo”.' };
  },
});

export const createParting = page({
  params,
  body: z.strictObject({ former: z.uuid() }),
  handle: async (request) => {
    const wish = { profileId: request.params.id, formerId: request.body.former, userId: request.user.id };
    await partPeople(request.pipeline, request.workspace.id, wish);
    await audit(request, 'person.parted', { subject: wish.profileId, details: { formerId: wish.formerId } });
    return {
      redirect: `/people/${wish.formerId}`,
      flash: 'Parted. What was seen of the two will not join them again.',
    };
  },
});

async function showForm(request: PageContext, given: string, other: string, errors: Record<string, string>) {
  const { workspace, user } = request;
  const eyes: Eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
  return await withWorkspace(request.web, workspace.id, async (scope) => {
    const profile = await getProfile(scope, given);
    const found = other === '' ? null : await findOther(scope, other, profile);
    const name = personName(profile, eyes);
    return {
      view: 'people/merges',
      title: 'Merge or undo',
      crumbs: [
        { label: 'People', href: '/people' },
        { label: name, href: `/people/${profile.id}` },
        { label: 'Merge or undo' },
      ],
      errors: typeof found === 'string' ? { ...errors, with: found } : errors,
      model: {
        name,
        base: `/people/${profile.id}`,
        other,
        joinings: joiningModels(await loadJoinings(scope, profile.id), eyes),
        conflicts: await loadConflicts(scope, profile.id, eyes),
        rehearsal:
          found === null || typeof found === 'string' ? null : await rehearse(scope, profile, found, eyes),
      },
    };
  });
}

async function getProfile({ db, workspace }: Scope, given: string): Promise<ProfileShape> {
  const id = await findProfileId(db, workspace.id, given);
  const [profile] = id ? await loadProfiles(db, workspace.id, [id]) : [];
  if (!profile) throw new NotFound('There is no such person.');
  return profile;
}

/** The other person, or what is wrong with the words that were typed. */
async function findOther(
  { db, workspace }: Scope,
  other: string,
  profile: ProfileShape,
): Promise<ProfileShape | string> {
  const ids = z.uuid().safeParse(other).success ? [await findProfileId(db, workspace.id, other)] : [];
  for (const kind of KINDS) ids.push(await findProfileByIdentifier(db, workspace.id, kind, other));
  const id = ids.find((one) => one !== null);
  if (!id) return 'Nobody is known by that. Paste an e-mail, an account id, or the address of their page.';
  if (id === profile.id) return 'That is this person already.';
  const [found] = await loadProfiles(db, workspace.id, [id]);
  if (!found) throw new Invalid([{ path: 'with', message: 'That person is no longer known.' }]);
  return found;
}

async function rehearse(scope: Scope, profile: ProfileShape, other: ProfileShape, eyes: Eyes) {
  const { db, workspace } = scope;
  const keptId = await rehearseJoin(scope, { profileId: profile.id, otherId: other.id });
  const traits = [
    await listTraits(db, workspace.id, profile.id),
    await listTraits(db, workspace.id, other.id),
  ] as const;
  return rehearsalModel({ profile, other, keptId, traits: [...traits[0], ...traits[1]] }, eyes);
}
