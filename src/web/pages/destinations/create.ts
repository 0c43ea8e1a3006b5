import { z } from 'zod';
import { ConnectorError, Invalid, NotFound } from '../../../base/errors.ts';
import type { Connector } from '../../../connectors/contract.ts';
import { findConnector } from '../../../connectors/registry.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { openDraftContext } from '../../../flow/collect/connection.ts';
import { createSource } from '../../../flow/collect/sources.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import {
  audienceOf,
  createDestination,
  type Destination,
  listPushableSources,
  takesSegments,
} from '../../../flow/send/destinations.ts';
import type { FieldErrors } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { isConnectable } from '../../models/catalogue.ts';
import { RHYTHM_CHOICES, readRhythm } from '../../models/destinations.ts';
import { newFields, readSettings, toFieldNames } from '../../models/source-form.ts';
import { type PageContext, page } from '../../page.ts';

const params = z.strictObject({ connector: z.string().max(50) });
/** Which settings there are is the connector's to say. */
const body = z.record(z.string().max(200), z.string().max(100_000));

type Request = PageContext & { params: z.infer<typeof params> };
type Given = { values: Record<string, string>; errors: FieldErrors };

export const showDestinationForm = page({
  params,
  query: z.strictObject({ segment: z.string().max(200).optional() }),
  handle: async (request) =>
    await drawForm(request, { values: { segmentKey: request.query.segment ?? '' }, errors: {} }),
});

export const createDestinationPage = page({
  params,
  body,
  handle: async (request) => {
    const made = await make(request, request.body);
    await audit(request, 'destination.created', {
      subject: made.id,
      details: { name: made.name, segment: made.segmentKey },
    });
    return {
      redirect: `/destinations/${made.id}`,
      flash: 'Added. Look with a dry run at what would be sent, then push.',
    };
  },
  invalid: async (request) => await drawForm(request, request),
});

/** One that only takes is connected by the way; its settings are tried before anything is kept. */
async function make(request: Request, given: Record<string, string>): Promise<Destination> {
  const connector = getTaking(request.params.connector);
  const settings = isConnectable(connector) ? null : await trySettings(request, connector, given);
  return await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
    const name = (given.name ?? '').trim();
    const wish = { workspace, connector: connector.key, name: name || connector.name };
    const sourceId = settings ? (await createSource(db, { ...wish, settings })).source.id : given.sourceId;
    return await createDestination(db, workspace.id, {
      sourceId: sourceId ?? '',
      segmentKey: given.segmentKey ?? '',
      name,
      isAdditiveOnly: given.isAdditiveOnly !== undefined,
      everyMinutes: readRhythm(given),
    });
  });
}

async function trySettings(
  { workspace }: Request,
  connector: Connector,
  given: Record<string, string>,
): Promise<Record<string, unknown>> {
  const settings = readSettings(connector, given);
  try {
    await connector.check(openDraftContext(workspace, connector, settings));
    return settings;
  } catch (error) {
    if (error instanceof Invalid) throw new Invalid(toFieldNames(connector, error.issues));
    if (error instanceof ConnectorError) throw new Invalid([{ path: '', message: error.message }]);
    throw error;
  }
}

async function drawForm(request: Request, { values, errors }: Given) {
  const connector = getTaking(request.params.connector);
  const { sources, segments } = await withWorkspace(request.web, request.workspace.id, async ({ db }) => ({
    sources: await listPushableSources(db, request.workspace.id),
    segments: await selectSegments(db, request.workspace.id),
  }));
  const accounts = sources.filter((source) => source.connector === connector.key);
  const { summary, noun, isForAds, minimum, needs } = audienceOf(connector);
  return {
    view: 'destinations/new',
    title: `New destination: ${connector.name}`,
    crumbs: [
      { label: 'Destinations', href: '/destinations' },
      { label: 'New', href: '/destinations/new' },
      { label: connector.name },
    ],
    errors,
    model: {
      action: `/destinations/new/${connector.key}`,
      connector: connector.name,
      connectHref: isConnectable(connector) ? `/sources/new/${connector.key}` : null,
      trouble: errors[''] ?? null,
      values,
      accounts: accounts.map(({ id, name }) => ({ value: id, label: name })),
      fields: isConnectable(connector) ? [] : newFields(connector, { values, errors }),
      segments: [
        { value: '', label: 'Choose a segment' },
        ...segments.map(({ key, name }) => ({ value: key, label: name })),
      ],
      rhythms: RHYTHM_CHOICES,
      about: { summary, noun, isForAds: isForAds === true, advice: minimum?.advice ?? null, needs },
    },
  };
}

function getTaking(key: string): Connector {
  const connector = findConnector(key);
  if (!connector || !takesSegments(connector)) throw new NotFound('There is no such destination to connect.');
  return connector;
}
