import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { findProfileId } from '../../../flow/identify/profiles.ts';
import { loadProfiles } from '../../../reports/profiles.ts';
import { erasePerson, exportPerson } from '../../../tasks/erasing.ts';
import type { FieldErrors } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { formatNumber } from '../../models/format.ts';
import type { Eyes } from '../../models/people.ts';
import { personName } from '../../models/person.ts';
import { type PageContext, page } from '../../page.ts';

const params = z.strictObject({ id: z.uuid() });

/** What a person may ask for: everything that is kept of them, or that it goes. */
export const showPrivacy = page({
  params,
  handle: async (request) => await showForm(request, request.params.id, {}),
});

export const exportPersonPage = page({
  params,
  handle: async (request) => {
    const { id } = await getPerson(request, request.params.id);
    const tables = await exportPerson(request.pipeline, request.workspace.id, id);
    await audit(request, 'person.exported', { subject: id });
    const body = JSON.stringify({ profile: id, tables }, null, 2);
    return { download: { name: `person-${id}.json`, contentType: 'application/json', body } };
  },
});

export const createErasure = page({
  params,
  body: z.strictObject({ sure: z.literal('erase', 'Type the word erase.') }),
  handle: async (request) => {
    const { id } = await getPerson(request, request.params.id);
    const receipt = await erasePerson(request.pipeline, request.workspace.id, id);
    const rows = Object.values(receipt).reduce((sum, count) => sum + count, 0);
    await audit(request, 'person.erased', { subject: id, details: receipt });
    return {
      redirect: '/people',
      flash: `Erased: ${formatNumber(rows)} rows in ${Object.keys(receipt).length} tables. The receipt is in the audit log.`,
    };
  },
  invalid: async (request) => await showForm(request, request.params.id, request.errors),
});

async function showForm(request: PageContext, given: string, errors: FieldErrors) {
  const profile = await getPerson(request, given);
  const { role } = request.user;
  const eyes: Eyes = { role, timezone: request.workspace.timezone, currency: request.workspace.currency };
  const name = personName(profile, eyes);
  return {
    view: 'people/privacy',
    title: 'Privacy',
    crumbs: [
      { label: 'People', href: '/people' },
      { label: name, href: `/people/${profile.id}` },
      { label: 'Privacy' },
    ],
    errors,
    model: { name, base: `/people/${profile.id}` },
  };
}

async function getPerson({ web, workspace }: Pick<PageContext, 'web' | 'workspace'>, given: string) {
  return await withWorkspace(web, workspace.id, async ({ db }) => {
    const id = await findProfileId(db, workspace.id, given);
    const [profile] = id ? await loadProfiles(db, workspace.id, [id]) : [];
    if (!profile) throw new NotFound('There is no such person.');
    return profile;
  });
}
