import { z } from 'zod';
import { ConnectorError, Invalid, NotFound } from '../../../base/errors.ts';
import type { Connector } from '../../../connectors/contract.ts';
import { findConnector } from '../../../connectors/registry.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { openDraftContext } from '../../../flow/collect/connection.ts';
import { createSource } from '../../../flow/collect/sources.ts';
import { writeAudit } from '../../../staff/audit.ts';
import { startSync } from '../../../tasks/syncing.ts';
import type { ViewAnswer } from '../../answers.ts';
import { isConnectable, waysOf } from '../../models/catalogue.ts';
import {
  foldFields,
  listTroubles,
  losesSecrets,
  newFields,
  readSettings,
  toFieldNames,
} from '../../models/source-form.ts';
import { RHYTHMS } from '../../models/sources.ts';
import { page } from '../../page.ts';
import { readName, readRhythm } from './source-fields.ts';
import { tellVendorOf } from './webhooks.ts';

const params = z.strictObject({ connector: z.string().max(50) });
/** Which fields there are is the connector's to say; what it does not know is left unread. */
const body = z.record(z.string().max(200), z.string().max(100_000));

export const showConnectForm = page({
  params,
  handle: (request) => drawForm(getConnectable(request.params.connector), {}),
});

/** Tries the settings without keeping anything: what the vendor says comes back as a sentence. */
export const checkConnection = page({
  params,
  body,
  handle: async (request) => {
    const connector = getConnectable(request.params.connector);
    const outcome = await tryConnection(connector, request.workspace, request.body);
    if (request.isFragment)
      return { fragment: 'sources/_check', model: { outcome: outcomeModel(connector, outcome) } };
    return drawForm(connector, { values: request.body, outcome });
  },
});

/** Tries the settings once more, keeps them, and starts the first sync. */
export const createConnection = page({
  params,
  body,
  handle: async (request) => {
    const connector = getConnectable(request.params.connector);
    const outcome = await tryConnection(connector, request.workspace, request.body);
    if (!outcome.isGood) throw new Invalid(outcome.issues);
    const { source } = await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const made = await createSource(db, {
        workspace,
        connector: connector.key,
        name: readName(request.body, connector.name),
        settings: readSettings(connector, request.body),
        everyMinutes: readRhythm(request.body) ?? undefined,
      });
      await writeAudit(db, {
        workspaceId: workspace.id,
        userId: request.user.id,
        action: 'source.created',
        subject: made.source.id,
        details: { connector: connector.key, name: made.source.name },
        address: request.address,
      });
      return made;
    });
    const isFetched = connector.streams.length > 0;
    if (isFetched) await startSync(request.pipeline, request.workspace.id, source.id, { trigger: 'manual' });
    const told = await tellVendorOf(request, source);
    const flash = [describeConnection(connector, outcome.text), told].filter(Boolean).join(' ');
    return { redirect: `/sources/${source.id}`, flash };
  },
  invalid: (request) => drawForm(getConnectable(request.params.connector), request),
});

/** What was found, and how long the first sync may take. */
function describeConnection(connector: Connector, found: string): string {
  const wait = connector.guide?.firstSync ?? '';
  const next =
    connector.streams.length > 0
      ? `The first sync has started. ${wait}`
      : 'Give the sender the address this page shows.';
  return `Connected. ${sentence(found)} ${next}`.trim();
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

type Outcome = { isGood: boolean; text: string; issues: { path: string; message: string }[] };

async function tryConnection(
  connector: Connector,
  workspace: { id: string; isDemo: boolean },
  fields: Record<string, string>,
): Promise<Outcome> {
  try {
    const context = openDraftContext(workspace, connector, readSettings(connector, fields));
    return { isGood: true, text: await connector.check(context), issues: [] };
  } catch (error) {
    if (error instanceof Invalid)
      return {
        isGood: false,
        text: 'Something is missing or not as it should be:',
        issues: toFieldNames(connector, error.issues),
      };
    if (error instanceof ConnectorError)
      return { isGood: false, text: error.message, issues: [{ path: '', message: error.message }] };
    throw error;
  }
}

function drawForm(
  connector: Connector,
  given: { values?: Record<string, string>; errors?: Record<string, string>; outcome?: Outcome },
): ViewAnswer {
  const values = given.values ?? {};
  const found = Object.fromEntries((given.outcome?.issues ?? []).map((issue) => [issue.path, issue.message]));
  const errors = { ...found, ...given.errors };
  return {
    view: 'sources/connect',
    title: `Connect ${connector.name}`,
    crumbs: [
      { label: 'Sources', href: '/sources' },
      { label: 'Connect', href: '/sources/new' },
      { label: connector.name },
    ],
    errors,
    model: {
      action: `/sources/new/${connector.key}`,
      summary: connector.summary,
      steps: connector.guide?.steps ?? [],
      firstSync: connector.guide?.firstSync ?? null,
      ways: waysOf(connector),
      hasHooks: connector.hooks !== undefined,
      isFetched: connector.streams.length > 0,
      streams: connector.streams.map((stream) => stream.title),
      fields: foldFields(newFields(connector, { values, errors })),
      isSecretGone: losesSecrets(connector, values),
      name: values.name ?? connector.name,
      rhythm: values.everyMinutes ?? '',
      rhythms: RHYTHMS,
      errors,
      outcome: given.outcome ? outcomeModel(connector, given.outcome) : null,
      trouble: errors[''] ?? null,
    },
  };
}

function outcomeModel(connector: Connector, { isGood, text, issues }: Outcome) {
  return { isGood, text: isGood ? sentence(text) : text, troubles: listTroubles(connector, issues) };
}

function getConnectable(key: string): Connector {
  const connector = findConnector(key);
  if (!connector || !isConnectable(connector)) throw new NotFound('There is no such connector.');
  return connector;
}
