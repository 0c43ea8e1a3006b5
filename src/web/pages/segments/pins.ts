import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { findProfileId } from '../../../flow/identify/profiles.ts';
import { pinPerson, removePin } from '../../../flow/segment/pins.ts';
import { getSegment } from '../../../flow/segment/segments.ts';
import { audit } from '../../audit.ts';
import { page } from '../../page.ts';

const key = z.string().max(200);
const note = z
  .string()
  .trim()
  .max(500)
  .transform((text) => text || null);

/** Somebody must, or must not, be in: every refresh compares it. */
export const createPin = page({
  params: z.strictObject({ key }),
  body: z.strictObject({ profileId: z.guid(), expected: z.enum(['in', 'out']), note: note.optional() }),
  handle: async (request) => {
    const { params, body, workspace, user } = request;
    const pinned = await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const segment = await getSegment(db, workspace.id, params.key);
      const profileId = await findProfileId(db, workspace.id, body.profileId);
      if (!profileId) throw new NotFound('There is no such person.');
      const wish = { workspaceId: workspace.id, segmentKey: segment.key, profileId, expected: body.expected };
      await pinPerson(db, { ...wish, note: body.note ?? null, userId: user.id });
      return { segment, profileId };
    });
    const details = { person: pinned.profileId, expected: body.expected };
    await audit(request, 'pin.created', { subject: pinned.segment.key, details });
    return {
      redirect: `/segments/${encodeURIComponent(pinned.segment.key)}/why/${pinned.profileId}`,
      flash: 'Pinned. It is compared at every refresh.',
    };
  },
});

export const deletePin = page({
  params: z.strictObject({ key, profileId: z.guid() }),
  body: z.strictObject({}),
  handle: async (request) => {
    const { params, workspace } = request;
    const segment = await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const found = await getSegment(db, workspace.id, params.key);
      const pin = { workspaceId: workspace.id, segmentKey: found.key, profileId: params.profileId };
      if (!(await removePin(db, pin))) throw new NotFound('There is no such pin.');
      return found;
    });
    await audit(request, 'pin.removed', { subject: segment.key, details: { person: params.profileId } });
    return { redirect: `/segments/${encodeURIComponent(segment.key)}/by-hand`, flash: 'Removed the pin.' };
  },
});
