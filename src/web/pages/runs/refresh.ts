import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { listCosts } from '../../../reports/refresh-costs.sql.ts';
import { findRefresh } from '../../../reports/runs.sql.ts';
import { costRows } from '../../models/refresh-costs.ts';
import { runRow } from '../../models/runs.ts';
import { page } from '../../page.ts';

/** More segments than a business has. */
const MOST = 1_000;

/** One refresh: what each segment cost and moved, and which were set aside. */
export const showRefresh = page({
  params: z.strictObject({ id: z.uuid() }),
  handle: async ({ web, workspace, params: { id } }) =>
    await withWorkspace(web, workspace.id, async ({ db }) => {
      const run = await findRefresh(db, workspace.id, id);
      if (!run) throw new NotFound('There is no such refresh.');
      const costs = (await listCosts(db, workspace.id, { ids: [id], most: MOST })).get(id);
      return {
        view: 'runs/refresh',
        title: 'Refresh',
        crumbs: [
          { label: 'Settings', href: '/settings' },
          { label: 'Runs', href: '/runs?kind=refresh' },
          { label: 'Refresh' },
        ],
        model: {
          run: runRow(run, workspace.timezone, now()),
          ...costRows(costs),
        },
      };
    }),
});
