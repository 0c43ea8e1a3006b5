import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { countPendingRawEvents } from '../../../flow/collect/pending.sql.ts';
import { findRun, listQuarantine, type SyncRun } from '../../../flow/collect/source-overview.sql.ts';
import { getSource } from '../../../flow/collect/sources.ts';
import { writeAudit } from '../../../staff/audit.ts';
import { startSync } from '../../../tasks/syncing.ts';
import { quarantineModel } from '../../models/quarantine.ts';
import { type ProgressModel, progressModel, restModel, runModel } from '../../models/sync-runs.ts';
import { page } from '../../page.ts';
import { crumbsOf } from './facts.ts';

const EXAMPLES = 20;
const REST_MS = 30 * 60_000;

/** Starts a sync and goes to its run. */
export const startSyncRun = page({
  params: z.strictObject({ id: z.uuid() }),
  body: z.strictObject({ full: z.literal('yes').optional() }),
  handle: async (request) => {
    const { id } = request.params;
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const source = await getSource(db, workspace.id, id);
      await writeAudit(db, {
        workspaceId: workspace.id,
        userId: request.user.id,
        action: 'source.synced',
        subject: source.id,
        details: { full: request.body.full === 'yes' },
        address: request.address,
      });
    });
    const run = await startSync(request.pipeline, request.workspace.id, id, {
      trigger: 'manual',
      full: request.body.full === 'yes',
    });
    return { redirect: `/sources/${id}/runs/${run}` };
  },
});

const params = z.strictObject({ id: z.uuid(), run: z.uuid() });

/** One run: what it brought, figure by figure, and what it set aside. */
export const showSyncRun = page({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const source = await getSource(db, workspace.id, request.params.id);
      const run = await findRun(db, workspace.id, request.params.run);
      if (!run || run.sourceId !== source.id) throw new NotFound('There is no such run.');
      const aside = await listQuarantine(db, source, { runId: run.id, limit: EXAMPLES });
      return {
        view: 'sources/run',
        title: 'Sync run',
        crumbs: [...crumbsOf(source), { label: 'Run' }],
        model: {
          base: `/sources/${source.id}`,
          run: runModel(run, workspace.timezone, now()),
          progress: progressModel(run, now()),
          rest: await findRest(db, run),
          aside: aside.map((entry) => quarantineModel(entry, workspace.timezone)),
          hasMoreAside: run.quarantined > EXAMPLES,
        },
      };
    }),
});

/** The part of the run's page that changes while it runs. */
export const showRunProgress = page({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const run = await findRun(db, workspace.id, request.params.run);
      if (!run || run.sourceId !== request.params.id) throw new NotFound('There is no such run.');
      return {
        fragment: 'sources/_run',
        model: {
          run: runModel(run, workspace.timezone, now()),
          progress: progressModel(run, now()),
          rest: await findRest(db, run),
          base: `/sources/${run.sourceId}`,
        },
      };
    }),
});

/** What came with this run is on people within minutes of its end; what waits later came with another. */
async function findRest(db: Db, run: SyncRun): Promise<ProgressModel | null> {
  const isFresh = run.finishedAt !== null && now().getTime() - run.finishedAt.getTime() < REST_MS;
  if (!isFresh || run.new + run.changed === 0) return null;
  return restModel(run, await countPendingRawEvents(db, run.workspaceId, run.sourceId), now());
}
