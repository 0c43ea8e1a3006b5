import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Conflict, ConnectorError } from '../../../base/errors.ts';
import { log } from '../../../base/log.ts';
import { withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { listReconciliations } from '../../../flow/collect/reconciliations.sql.ts';
import { windowOf } from '../../../flow/collect/reconciling.ts';
import { countQuarantine, listStreamRows } from '../../../flow/collect/source-overview.sql.ts';
import { getConnector, getSource, type Source } from '../../../flow/collect/sources.ts';
import { writeAudit } from '../../../staff/audit.ts';
import { listColleagues } from '../../../staff/colleagues.ts';
import { compareRows, reconcileSource, rereadDay } from '../../../tasks/reconciling.ts';
import { scanStream } from '../../../tasks/scanning.ts';
import type { Flash } from '../../answers.ts';
import { formatDateTime } from '../../models/format.ts';
import {
  checkedAt,
  differencesModel,
  figureModel,
  listFigures,
  queryOf,
} from '../../models/reconciliation.ts';
import { type PageContext, page } from '../../page.ts';
import { crumbsOf, tabsOf } from './facts.ts';

/** Most readings end within this time; of the others the page says that they go on. */
const PATIENCE_MS = 8_000;

const params = z.strictObject({ id: z.uuid() });
const figure = z.enum(['people', 'subscribers', 'orders', 'net_revenue', 'refunds', 'spend', 'sent']);
/** One figure, in its currency. */
export const line = { stream: z.string().max(100), figure, currency: z.string().max(3).default('') };
/** Empty is a state as of now. */
export const day = z.union([z.literal(''), z.iso.date()]);

/** What the vendor counts and what we hold, figure by figure and day by day. */
export const showReconciliation = page({
  params,
  query: z.strictObject({ ...line, stream: line.stream.optional(), figure: figure.optional() }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const source = await getSource(db, workspace.id, request.params.id);
      const colleagues = await listColleagues(request.pipeline, workspace.id);
      const names = new Map(colleagues.map(({ userId, name }) => [userId, name]));
      const base = `/sources/${source.id}/reconciliation`;
      const since = windowOf(workspace).from.toISOString().slice(0, 10);
      const owner = { workspaceId: workspace.id, sourceId: source.id };
      const lines = await listReconciliations(db, owner, since);
      const { stream, figure: wanted, currency } = request.query;
      const { chosen, tabs } = listFigures(
        lines,
        base,
        stream && wanted ? { stream, figure: wanted, currency } : null,
      );
      return {
        view: 'sources/reconciliation',
        title: source.name,
        crumbs: crumbsOf(source),
        model: {
          base,
          sourceHref: `/sources/${source.id}`,
          tabs: tabsOf(source, 'reconciliation', await countQuarantine(db, source)),
          figures: tabs,
          figure: chosen ? figureModel(lines, chosen, { base, zone: workspace.timezone, names }) : null,
          checkedAt: checkedAt(lines, workspace.timezone),
          canAsk: getConnector(source.connector).totals !== undefined,
          uncompared: getConnector(source.connector).uncompared ?? null,
          scans: await listScans(db, source, workspace.timezone),
        },
      };
    }),
});

/** Reads a stream as a whole now, instead of in a month. */
export const scanSourceStream = page({
  params,
  body: z.strictObject({ stream: z.string().max(100) }),
  handle: async (request) => {
    const { id } = request.params;
    const { stream } = request.body;
    await noteAudit(request, id, 'source.scanned', { stream });
    const given = { workspaceId: request.workspace.id, sourceId: id, stream };
    const work = scanStream(request.pipeline, given).then(({ message, removed }) =>
      message ? warning(message) : good(`Everything was read; ${removed} no longer listed and taken back.`),
    );
    return {
      redirect: `/sources/${id}/reconciliation`,
      flash: await soon(
        id,
        work,
        'Everything is being read. What is not listed any more is taken back when that has ended.',
      ),
    };
  },
});

/** Asks the vendor now. */
export const checkSourceTotals = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    const { id } = request.params;
    await noteAudit(request, id, 'source.reconciled', {});
    const work = reconcileSource(request.pipeline, request.workspace.id, id).then(({ drifts }) =>
      drifts === 0 ? good('Everything agrees.') : warning(`${drifts} of its figures differ from ours.`),
    );
    return {
      redirect: `/sources/${id}/reconciliation`,
      flash: await soon(id, work, 'The vendor is being asked.'),
    };
  },
});

/** The records that make the gap of a day: read at the vendor, and stored nowhere. */
export const showReconciliationRows = page({
  params,
  query: z.strictObject({ ...line, day }),
  handle: async (request) => {
    const { id } = request.params;
    const wish = request.query;
    const source = await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) =>
      getSource(db, workspace.id, id),
    );
    const base = `/sources/${id}/reconciliation`;
    const given = { workspaceId: request.workspace.id, sourceId: id, wish };
    const found = await compareRows(request.pipeline, given).catch(toTrouble);
    return {
      view: 'sources/reconciliation-rows',
      title: 'Record by record',
      crumbs: [
        ...crumbsOf(source),
        { label: 'Reconciliation', href: `${base}?${queryOf(wish)}` },
        { label: 'Records' },
      ],
      model: {
        base,
        wish,
        trouble: 'trouble' in found ? found.trouble : null,
        found: 'trouble' in found ? null : { ...found, ...differencesModel(wish, found) },
        quarantine: `/sources/${id}/quarantine`,
      },
    };
  },
});

/** Stores a day as the vendor has it now, and compares it again. */
export const rereadOneDay = page({
  params,
  body: z.strictObject({ ...line, day }),
  handle: async (request) => {
    const { id } = request.params;
    const wish = request.body;
    await noteAudit(request, id, 'source.day-read-again', { day: wish.day, figure: wish.figure });
    const given = { workspaceId: request.workspace.id, sourceId: id, wish };
    const work = rereadDay(request.pipeline, given).then(({ drifts }) =>
      drifts === 0
        ? good('Read again: the day agrees now.')
        : warning('Read again. Something still differs.'),
    );
    return {
      redirect: `/sources/${id}/reconciliation?${queryOf(wish)}`,
      flash: await soon(id, work, 'The day is being read again; it is compared when that has ended.'),
    };
  },
});

/** The streams that are read as a whole once a month, and how that went. */
async function listScans(db: Db, source: Source, zone: string) {
  const rows = await listStreamRows(db, source.workspaceId);
  const scanned = getConnector(source.connector).streams.filter(({ listsAll }) => listsAll);
  return scanned.map(({ key, title }) => {
    const row = rows.find(({ sourceId, stream }) => sourceId === source.id && stream === key);
    const at = row?.scannedAt ?? null;
    return { key, title, message: row?.scanMessage ?? null, at: at ? formatDateTime(at, zone) : null };
  });
}

/** Throws NotFound before anything is begun for a source that is not theirs. */
async function noteAudit(request: PageContext, id: string, action: string, details: Record<string, string>) {
  await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
    const source = await getSource(db, workspace.id, id);
    const { user, address } = request;
    await writeAudit(db, {
      workspaceId: workspace.id,
      userId: user.id,
      action,
      subject: source.id,
      details,
      address,
    });
  });
}

/** How it ended, or that it goes on: nobody waits before a white page. */
async function soon(sourceId: string, work: Promise<Flash>, otherwise: string): Promise<Flash> {
  const told = work.catch((error): Flash => {
    if (error instanceof ConnectorError || error instanceof Conflict) return warning(error.message);
    log.error({ err: error, source: sourceId }, 'A source could not be compared');
    return warning('Something went wrong on our side; the log says what.');
  });
  return await Promise.race([told, sleep(PATIENCE_MS, good(otherwise), { ref: false })]);
}

function toTrouble(error: unknown): { trouble: string } {
  if (error instanceof ConnectorError) return { trouble: error.message };
  throw error;
}

function good(text: string): Flash {
  return { text, kind: 'success' };
}

function warning(text: string): Flash {
  return { text, kind: 'warning' };
}
