import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { getConnector } from '../../../flow/collect/sources.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import { countMembers, selectRefused } from '../../../flow/send/destination-members.sql.ts';
import {
  type Destination,
  getDestination,
  listDestinationRuns,
  setDestination,
} from '../../../flow/send/destinations.ts';
import { pushDestination } from '../../../flow/send/push.ts';
import { audit } from '../../audit.ts';
import { destinationRow, destinationRunRow } from '../../models/destinations.ts';
import { maskFor } from '../../models/format.ts';
import { type PageContext, page } from '../../page.ts';

const params = z.strictObject({ id: z.guid() });
const nothing = z.strictObject({});

/** One destination: who is there, what was refused and why, and its pushes. */
export const showDestination = page({
  params,
  handle: async (request) => {
    const { workspace, user } = request;
    return await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const destination = await getDestination(db, workspace.id, request.params.id);
      const runs = await listDestinationRuns(db, workspace.id, destination.id);
      const segments = await selectSegments(db, workspace.id);
      const segment =
        segments.find(({ key }) => key === destination.segmentKey)?.name ?? destination.segmentKey;
      const known = {
        connector: getConnector(destination.connector).name,
        segment,
        counts: await countMembers(db, workspace.id),
        lastRun: runs[0],
      };
      const refused = await selectRefused(db, workspace.id, destination.id);
      return {
        view: 'destinations/show',
        title: destination.name,
        crumbs: [{ label: 'Destinations', href: '/destinations' }, { label: destination.name }],
        model: {
          base: `/destinations/${destination.id}`,
          row: destinationRow(destination, known),
          isAdditiveOnly: destination.isAdditiveOnly,
          isPaused: destination.status === 'paused',
          canChange: user.role === 'admin',
          runs: runs.map((run) => destinationRunRow(run, workspace.timezone)),
          refused: refused.map((one) => ({
            href: `/people/${one.profile_id}`,
            address: maskFor(user.role, one.address),
            reason: one.reason,
          })),
        },
      };
    });
  },
});

export const createPush = page({
  params,
  body: z.strictObject({ dry: z.string().optional() }),
  handle: async (request) => {
    const { pipeline, workspace, params: given, body } = request;
    const isDryRun = body.dry !== undefined;
    await withWorkspace(
      request.web,
      workspace.id,
      async ({ db }) => await getDestination(db, workspace.id, given.id),
    );
    const end = await pushDestination(pipeline, {
      workspaceId: workspace.id,
      destinationId: given.id,
      isDryRun,
    });
    if (!isDryRun)
      await audit(request, 'destination.pushed', {
        subject: given.id,
        details: { added: end.added, removed: end.removed, status: end.status },
      });
    const counts = `${end.added} to add, ${end.removed} to remove`;
    const flash = isDryRun
      ? `A push would have ${counts}.`
      : `${end.added} added, ${end.removed} removed, ${end.refused} refused.`;
    const isWell = end.status === 'succeeded';
    return {
      redirect: `/destinations/${given.id}`,
      flash: { text: isWell ? flash : `${flash} ${end.message ?? ''}`, kind: isWell ? 'success' : 'danger' },
    };
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
  handle: async (request) =>
    await change(request, { status: 'active', statusMessage: null }, 'It goes on with the next push.'),
});
export const removeDestination = page({
  params,
  body: nothing,
  handle: async (request) => {
    await change(request, { removedAt: now() }, '');
    return { redirect: '/destinations', flash: 'Removed. What was sent there stays there.' };
  },
});

async function change(
  request: PageContext & { params: { id: string } },
  fields: Partial<Pick<Destination, 'status' | 'statusMessage' | 'removedAt'>>,
  flash: string,
) {
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
