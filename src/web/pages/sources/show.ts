import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { hookUrlOf } from '../../../flow/collect/hook-registration.ts';
import { countQuarantine, listSourceRuns } from '../../../flow/collect/source-overview.sql.ts';
import { formatDateTime } from '../../models/format.ts';
import { runHistory } from '../../models/run-history.ts';
import { describeRhythm, isFetched, nextRunOf, type SourceFacts, sourceRow } from '../../models/sources.ts';
import { progressModel, runModel } from '../../models/sync-runs.ts';
import { newestInstant } from '../../models/watermark.ts';
import { page } from '../../page.ts';
import { readSource, tabsOf } from './facts.ts';

const RUNS_SHOWN = 20;
const params = z.strictObject({ id: z.uuid() });
const query = z.strictObject({ before: z.iso.datetime().optional() });

/** One source: how it is, what its runs brought, which streams are read, and where the vendor sends webhooks. */
export const showSource = page({
  params,
  query,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const facts = await readSource(scope, request.params.id);
      const { source, connector } = facts;
      const zone = request.workspace.timezone;
      const before = request.query.before ? new Date(request.query.before) : undefined;
      const runs = await listSourceRuns(scope.db, source, { before, limit: RUNS_SHOWN + 1 });
      const shown = runs.slice(0, RUNS_SHOWN);
      return {
        view: 'sources/show',
        title: source.name,
        crumbs: [{ label: 'Sources', href: '/sources' }, { label: source.name }],
        model: {
          base: `/sources/${source.id}`,
          tabs: tabsOf(source, 'overview', await countQuarantine(scope.db, source)),
          row: sourceRow(facts, zone, now()),
          isFetched: isFetched(facts),
          isPaused: source.status === 'paused',
          connector: connector?.name ?? source.connector,
          key: source.key,
          rhythm: isFetched(facts) ? describeRhythm(source.everyMinutes) : 'Comes by itself',
          nextRun: nextRunOf(facts, zone, now()),
          createdAt: formatDateTime(source.createdAt, zone),
          streams: streamModels(facts, zone),
          isCompared: connector?.totals !== undefined,
          uncompared: connector?.uncompared ?? null,
          hook: hookOf(facts, request.config.baseUrl, zone),
          progress: facts.lastRun ? progressModel(facts.lastRun, now()) : null,
          history: runHistory(shown, zone),
          runs: shown.map((run) => runModel(run, zone, now())),
          older:
            runs.length > RUNS_SHOWN
              ? `/sources/${source.id}?before=${shown.at(-1)!.startedAt.toISOString()}`
              : null,
        },
      };
    }),
});

/** The part of the page that is asked for again while a sync runs. */
export const showProgress = page({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const facts = await readSource(scope, request.params.id);
      const progress = facts.lastRun ? progressModel(facts.lastRun, now()) : null;
      const row = sourceRow(facts, request.workspace.timezone, now());
      return { fragment: 'sources/_state', model: { row, progress, base: `/sources/${facts.source.id}` } };
    }),
});

function streamModels(facts: SourceFacts, zone: string) {
  return (facts.connector?.streams ?? []).map((stream) => {
    const kept = facts.streams.find((one) => one.stream === stream.key);
    const mark = kept ? newestInstant(kept.cursor) : null;
    return {
      key: stream.key,
      title: stream.title,
      isEnabled: kept?.isEnabled ?? true,
      note: noteOf(mark, kept?.lastSuccessAt ?? null, zone),
    };
  });
}

function noteOf(mark: number | null, lastSuccess: Date | null, zone: string): string {
  if (!lastSuccess) return 'Not read to its end yet';
  const ended = `Last read to its end ${formatDateTime(lastSuccess, zone)}`;
  return mark === null ? ended : `${ended}, up to ${formatDateTime(new Date(mark), zone)}`;
}

/** The address is as secret as a key: admins only, as this whole page is. */
function hookOf({ source, connector }: SourceFacts, baseUrl: string, zone: string) {
  const url = connector ? hookUrlOf(source, baseUrl) : null;
  if (!url) return null;
  const { hookRegisteredAt } = source;
  return {
    url,
    canRegister: connector?.hooks?.register !== undefined,
    registeredAt: hookRegisteredAt ? formatDateTime(hookRegisteredAt, zone) : null,
    vendor: connector?.name ?? '',
    steps: connector?.guide?.webhook ?? [],
  };
}
