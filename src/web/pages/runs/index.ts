import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { listCosts } from '../../../reports/refresh-costs.sql.ts';
import { listRuns, type RunKind } from '../../../reports/runs.sql.ts';
import { LIMITS } from '../../limits.ts';
import { costsModel } from '../../models/refresh-costs.ts';
import { KINDS, runRow } from '../../models/runs.ts';
import { page } from '../../page.ts';

/** Of a refresh; the others are on its own page. */
const COSTLIEST = 5;

const kinds = z.enum(['sync', 'import', 'refresh', 'send', 'push']);

/** Every piece of work the product did: what, when, how long, how it ended. */
export const showRuns = page({
  query: z.strictObject({ kind: kinds.optional(), before: z.iso.datetime().optional() }),
  handle: async (request) => {
    const kind = request.query.kind ?? null;
    const limit = LIMITS.rowsPerPage;
    const before = request.query.before ? new Date(request.query.before) : new Date(now().getTime() + 1);
    const { found, costs } = await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const runs = await listRuns(scope.db, scope.workspace.id, { before, kind, limit: limit + 1 });
      const ids = runs.filter((run) => run.kind === 'refresh').map((run) => run.id);
      return { found: runs, costs: await listCosts(scope.db, scope.workspace.id, { ids, most: COSTLIEST }) };
    });
    const shown = found.slice(0, limit);
    return {
      view: 'runs/index',
      title: 'Runs',
      crumbs: [{ label: 'Settings', href: '/settings' }, { label: 'Runs' }],
      model: {
        tabs: tabsOf(kind),
        rows: shown.map((run) => ({
          ...runRow(run, request.workspace.timezone, now()),
          costs: costsModel(costs.get(run.id)),
        })),
        next: found.length > limit ? addressOf(kind, shown.at(-1)!.startedAt) : null,
        first: request.query.before ? addressOf(kind, null) : null,
      },
    };
  },
});

function tabsOf(current: RunKind | null) {
  const all = { label: 'All', href: '/runs', isCurrent: current === null };
  const each = kinds.options.map((kind) => ({
    label: KINDS[kind],
    href: addressOf(kind, null),
    isCurrent: kind === current,
  }));
  return [all, ...each];
}

function addressOf(kind: RunKind | null, before: Date | null): string {
  const query = new URLSearchParams();
  if (kind) query.set('kind', kind);
  if (before) query.set('before', before.toISOString());
  return query.size > 0 ? `/runs?${query}` : '/runs';
}
