import { z } from 'zod';
import { Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { countQuarantine, listSourceRuns } from '../../../flow/collect/source-overview.sql.ts';
import { getConnector, getSource, type Source } from '../../../flow/collect/sources.ts';
import {
  pauseSource,
  removeSource,
  resumeSource,
  switchStreams,
  updateSource,
} from '../../../flow/collect/sources-edit.ts';
import { markEveryoneChanged } from '../../../flow/identify/changes.ts';
import { writeAudit } from '../../../staff/audit.ts';
import type { ViewAnswer } from '../../answers.ts';
import { editFields, foldFields, readSettings, toFieldNames } from '../../models/source-form.ts';
import { RHYTHMS } from '../../models/sources.ts';
import { type PageContext, page } from '../../page.ts';
import { crumbsOf, tabsOf } from './facts.ts';
import { readName, readRhythm } from './source-fields.ts';
import { takeBackWebhook } from './webhooks.ts';

const params = z.strictObject({ id: z.uuid() });
const nothing = z.strictObject({});

export const showSourceSettings = page({
  params,
  handle: async (request) => await drawSettings(request, request.params.id, { values: {}, errors: {} }),
});

/** Keeps what was changed; a secret that was left empty stays. */
export const updateSourceSettings = page({
  params,
  body: z.record(z.string().max(200), z.string().max(100_000)),
  handle: async (request) => {
    await change(request, request.params.id, 'source.updated', async (db, source) => {
      const connector = getConnector(source.connector);
      try {
        await updateSource(db, source, {
          name: readName(request.body, source.name),
          everyMinutes: readRhythm(request.body),
          ordersAreMoney: request.body.ordersAreMoney !== undefined,
          tellsTrouble: request.body.tellsTrouble !== undefined,
          settings: readSettings(connector, request.body),
        });
        if (isOtherMoney(source, request.body)) await markEveryoneChanged(db, source.workspaceId);
      } catch (error) {
        if (error instanceof Invalid)
          throw new Invalid(toFieldNames(connector, error.issues), { cause: error });
        throw error;
      }
    });
    return { redirect: `/sources/${request.params.id}/settings`, flash: 'Saved.' };
  },
  invalid: async (request) => await drawSettings(request, request.params.id, request),
});

/** What a source's orders count for is in the facts of everyone who ordered there. */
function isOtherMoney(source: Source, given: Record<string, string>): boolean {
  return source.ordersAreMoney !== (given.ordersAreMoney !== undefined);
}

export const updateStreams = page({
  params,
  body: z.strictObject({ streams: z.array(z.string()).default([]) }),
  handle: async (request) => {
    const { streams } = request.body;
    await change(request, request.params.id, 'source.streams-switched', async (db, source) =>
      switchStreams(db, source, streams),
    );
    return { redirect: `/sources/${request.params.id}`, flash: 'Saved.' };
  },
});

export const pauseOneSource = page({
  params,
  body: nothing,
  handle: async (request) => {
    await change(request, request.params.id, 'source.paused', pauseSource);
    return {
      redirect: `/sources/${request.params.id}`,
      flash: 'Paused. Nothing is fetched until you resume it.',
    };
  },
});

export const resumeOneSource = page({
  params,
  body: nothing,
  handle: async (request) => {
    await change(request, request.params.id, 'source.resumed', resumeSource);
    return { redirect: `/sources/${request.params.id}`, flash: 'Resumed.' };
  },
});

export const removeOneSource = page({
  params,
  body: nothing,
  handle: async (request) => {
    const trouble = await takeBackWebhook(request, request.params.id);
    await change(request, request.params.id, 'source.removed', removeSource);
    const text = 'Removed. What it brought stays.';
    return { redirect: '/sources', flash: trouble ? { kind: 'warning', text: `${text} ${trouble}` } : text };
  },
});

/** A change and its line in the audit log, both or neither. */
async function change(
  request: PageContext,
  id: string,
  action: string,
  work: (db: Parameters<typeof pauseSource>[0], source: Source) => Promise<void>,
): Promise<void> {
  await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
    const source = await getSource(db, workspace.id, id);
    await work(db, source);
    const details = { connector: source.connector, name: source.name };
    await writeAudit(db, {
      workspaceId: workspace.id,
      userId: request.user.id,
      action,
      subject: id,
      details,
      address: request.address,
    });
  });
}

async function drawSettings(
  request: PageContext,
  id: string,
  given: { values: Record<string, string>; errors: Record<string, string> },
): Promise<ViewAnswer> {
  return await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
    const source = await getSource(db, workspace.id, id);
    const connector = getConnector(source.connector);
    const wasSent = Object.keys(given.values).length > 0;
    return {
      view: 'sources/settings',
      title: source.name,
      crumbs: [...crumbsOf(source), { label: 'Settings' }],
      errors: given.errors,
      model: {
        base: `/sources/${source.id}`,
        tabs: tabsOf(source, 'settings', await countQuarantine(db, source)),
        name: given.values.name ?? source.name,
        rhythm: given.values.everyMinutes ?? String(source.everyMinutes ?? ''),
        rhythms: RHYTHMS,
        ordersAreMoney: wasSent ? 'ordersAreMoney' in given.values : source.ordersAreMoney,
        fields: foldFields(editFields(connector, source, given, await readKeyUse(db, source))),
        isFetched: connector.streams.length > 0,
        isPaused: source.status === 'paused',
        isBuiltIn: connector.streams.length === 0 && !connector.hooks,
        errors: given.errors,
        tellsTrouble: wasSent ? 'tellsTrouble' in given.values : source.tellsTrouble,
        canMail: request.config.smtpUrl !== null,
        trouble: given.errors[''] ?? null,
      },
    };
  });
}

async function readKeyUse(db: Parameters<typeof pauseSource>[0], source: Source) {
  const [run] = await listSourceRuns(db, source, { limit: 1 });
  return { askedAt: run?.startedAt ?? null, heardAt: source.lastHeardAt };
}
