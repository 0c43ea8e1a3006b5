import { z } from 'zod';
import { withWorkspace } from '../../db/doors.ts';
import { findLastRuns, type SyncRun } from '../../flow/collect/source-overview.sql.ts';
import { listSources, type Source } from '../../flow/collect/sources.ts';
import { startSync } from '../../tasks/syncing.ts';
import { endpoint } from '../endpoint.ts';

/** GET /api/v1/sources: each source with its last run. A business has a handful, so there is one page. */
export const getSources = endpoint({
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const runs = await findLastRuns(db, workspace.id);
      const sources = (await listSources(db, workspace.id)).map((source) =>
        describe(source, runs.find((run) => run.sourceId === source.id) ?? null),
      );
      return { json: { sources, next: null } };
    }),
});

/** POST /api/v1/sources/:id/sync: starts a sync; 202 with its run. */
export const startSourceSync = endpoint({
  params: z.strictObject({ id: z.uuid() }),
  takesBytes: true,
  handle: async (request) => {
    const run = await startSync(request.pipeline, request.workspaceId, request.params.id, { trigger: 'api' });
    return { status: 202, json: { run } };
  },
});

function describe(source: Source, run: SyncRun | null) {
  return {
    id: source.id,
    key: source.key,
    name: source.name,
    connector: source.connector,
    status: source.status,
    lastRun: run && {
      id: run.id,
      status: run.status,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      read: run.read,
      new: run.new,
      changed: run.changed,
      unchanged: run.unchanged,
      quarantined: run.quarantined,
      message: run.message,
    },
  };
}
