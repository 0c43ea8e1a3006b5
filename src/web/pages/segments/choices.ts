import { z } from 'zod';
import { Invalid, NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { findProfileId } from '../../../flow/identify/profiles.ts';
import { choosePeople, forgetChoices } from '../../../flow/segment/choices.ts';
import { linesOf, matchRows } from '../../../flow/segment/lists.ts';
import { getSegment } from '../../../flow/segment/segments.ts';
import { audit } from '../../audit.ts';
import { plural } from '../../models/format.ts';
import { page } from '../../page.ts';
import { drawByHand } from './by-hand.ts';
import { answerMatched, restWords } from './matched.ts';

const key = z.string().max(200);
const body = z.strictObject({
  /** E-mail addresses, account ids, phones or profile ids, one a line. */
  people: z.string().max(900_000),
  choice: z.enum(['in', 'out']),
  note: z
    .string()
    .trim()
    .max(500)
    .transform((text) => text || null)
    .optional(),
});

/** Puts people in or leaves them out, one or many, named as they are known by. */
export const createChoices = page({
  params: z.strictObject({ key }),
  body,
  handle: async (request) => {
    const { params, workspace, user } = request;
    const { choice, note = null } = request.body;
    const done = await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const segment = await getSegment(db, workspace.id, params.key);
      const matched = await matchRows(db, workspace.id, 'any', linesOf(request.body.people));
      if (matched.rows === 0)
        throw new Invalid([{ path: 'people', message: 'Name at least one person, one a line.' }]);
      if (matched.profileIds.length === 0 && matched.rows === 1)
        throw new Invalid([{ path: 'people', message: 'Nobody is known by that.' }]);
      const wish = { workspaceId: workspace.id, segmentKey: segment.key, choice, note, userId: user.id };
      const changed = await choosePeople(db, { ...wish, profileIds: matched.profileIds });
      return { segment, matched, changed };
    });
    const details = { choice, people: done.matched.profileIds.length };
    await audit(request, 'choice.made', { subject: done.segment.key, details });
    const said = `${plural(done.matched.profileIds.length, 'person', 'people')} ${choice === 'in' ? 'put in' : 'left out'}, ${done.changed} of them new${restWords(done.matched)}. It is published with the next refresh.`;
    return answerMatched(done.segment, done.matched, said);
  },
  invalid: async (request) => await drawByHand(request, request),
});

/** From now on the rule alone decides again; of a list, the person is out. */
export const deleteChoice = page({
  params: z.strictObject({ key, profileId: z.guid() }),
  body: z.strictObject({}),
  handle: async (request) => {
    const { params, workspace } = request;
    const segment = await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const found = await getSegment(db, workspace.id, params.key);
      const id = (await findProfileId(db, workspace.id, params.profileId)) ?? params.profileId;
      const wish = { workspaceId: workspace.id, segmentKey: found.key, profileIds: [id] };
      if ((await forgetChoices(db, wish)) === 0)
        throw new NotFound('Nothing was decided by hand about this person here.');
      return found;
    });
    await audit(request, 'choice.removed', { subject: segment.key, details: { person: params.profileId } });
    return {
      redirect: `/segments/${encodeURIComponent(segment.key)}/by-hand`,
      flash: 'Taken back. It is published with the next refresh.',
    };
  },
});
