import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { getConnector } from '../../../flow/collect/sources.ts';
import { forgetThere, retryRefused } from '../../../flow/send/destination-members.sql.ts';
import {
  type Destination,
  destinationFields,
  getDestination,
  setDestination,
  wishOf,
} from '../../../flow/send/destinations.ts';
import { startPush } from '../../../tasks/pushing.ts';
import { audit } from '../../audit.ts';
import { readRhythm } from '../../models/destinations.ts';
import { type PageContext, page } from '../../page.ts';

const params = z.strictObject({ id: z.guid() });
const nothing = z.strictObject({});
type Request = PageContext & { params: z.infer<typeof params> };

export const createPush = page({
  params,
  body: nothing,
  handle: async (request) => await push(request, 'The push has started; this page shows how it goes.'),
});

/** Whom it refused is told of again with the push that this starts. */
export const retryDestination = page({
  params,
  body: nothing,
  handle: async (request) => {
    await withWorkspace(request.web, request.workspace.id, async ({ db }) => {
      const destination = await getDestination(db, request.workspace.id, request.params.id);
      await retryRefused(db, wishOf(destination, getConnector(destination.connector)));
    });
    return await push(request, 'Everyone who was refused is being tried again.');
  },
});

/** For an audience that was emptied or lost over there. */
export const restartDestination = page({
  params,
  body: nothing,
  handle: async (request) => {
    await withWorkspace(request.web, request.workspace.id, async ({ db }) => {
      const destination = await getDestination(db, request.workspace.id, request.params.id);
      await forgetThere(db, wishOf(destination, getConnector(destination.connector)), now());
    });
    return await push(request, 'Everyone is being sent again.');
  },
});

export const setDestinationRhythm = page({
  params,
  body: z.strictObject({ everyMinutes: z.string().max(10), tellsTrouble: z.literal('on').optional() }),
  handle: async (request) => {
    const { everyMinutes, tellsTrouble } = request.body;
    const parsed = destinationFields.shape.everyMinutes.safeParse(readRhythm({ everyMinutes }));
    if (!parsed.success) throw new Invalid([{ path: 'everyMinutes', message: 'Choose one of the rhythms.' }]);
    const nextPushAt = parsed.data === null ? null : now();
    const fields = { everyMinutes: parsed.data, nextPushAt, tellsTrouble: tellsTrouble === 'on' };
    return await change(request, fields, 'Saved.');
  },
});

export const pauseDestination = page({
  params,
  body: nothing,
  handle: async (request) => await change(request, { status: 'paused' }, 'Paused.'),
});

export const resumeDestination = page({
  params,
  body: nothing,
  handle: async (request) => {
    const fields = { status: 'active', statusMessage: null, failures: 0 };
    return await change(request, fields, 'It goes on with the next push.');
  },
});

export const removeDestination = page({
  params,
  body: nothing,
  handle: async (request) => {
    await change(request, { removedAt: now() }, '');
    return { redirect: '/destinations', flash: 'Removed. What was sent there stays there.' };
  },
});

async function push(request: Request, flash: string) {
  const { id } = request.params;
  await startPush(request.pipeline, request.workspace.id, id);
  await audit(request, 'destination.pushed', { subject: id });
  return { redirect: `/destinations/${id}`, flash };
}

async function change(request: Request, fields: Partial<Destination>, flash: string) {
  const { web, workspace, params: given } = request;
  await withWorkspace(web, workspace.id, async ({ db }) => {
    await getDestination(db, workspace.id, given.id);
    await setDestination(db, workspace.id, given.id, fields);
  });
  await audit(request, fields.removedAt ? 'destination.removed' : 'destination.changed', {
    subject: given.id,
  });
  return { redirect: `/destinations/${given.id}`, flash };
}
