import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { getConnector } from '../../../flow/collect/sources.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import { createDestination, listPushableSources } from '../../../flow/send/destinations.ts';
import { audit } from '../../audit.ts';
import { type PageContext, page } from '../../page.ts';

const text = z.string().max(200);

export const newDestination = page({
  query: z.strictObject({ segment: text.optional() }),
  handle: async (request) => await form(request, { segmentKey: request.query.segment ?? '' }, {}),
});

export const createDestinationPage = page({
  body: z.strictObject({
    sourceId: text,
    segmentKey: text,
    name: text,
    isAdditiveOnly: z.string().optional(),
  }),
  handle: async (request) => {
    const given = { ...request.body, isAdditiveOnly: request.body.isAdditiveOnly !== undefined };
    const made = await withWorkspace(
      request.web,
      request.workspace.id,
      async ({ db }) => await createDestination(db, request.workspace.id, given),
    );
    await audit(request, 'destination.created', {
      subject: made.id,
      details: { name: made.name, segment: made.segmentKey },
    });
    return {
      redirect: `/destinations/${made.id}`,
      flash: 'Added. Look with a dry run at what would be sent, then push.',
    };
  },
  invalid: async (request) => await form(request, request.values, request.errors),
});

async function form(request: PageContext, values: Record<string, string>, errors: Record<string, string>) {
  const { web, workspace } = request;
  const { sources, segments } = await withWorkspace(web, workspace.id, async ({ db }) => ({
    sources: await listPushableSources(db, workspace.id),
    segments: await selectSegments(db, workspace.id),
  }));
  return {
    view: 'destinations/new',
    title: 'Add a destination',
    crumbs: [{ label: 'Destinations', href: '/destinations' }, { label: 'New' }],
    errors,
    model: {
      values,
      sources: sources.map((source) => ({
        value: source.id,
        label: `${source.name} (${getConnector(source.connector).name})`,
      })),
      segments: [
        { value: '', label: 'Choose a segment' },
        ...segments.map(({ key, name }) => ({ value: key, label: name })),
      ],
    },
  };
}
