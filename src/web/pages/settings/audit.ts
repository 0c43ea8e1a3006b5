import { z } from 'zod';
import { listAudit } from '../../../staff/audit.ts';
import { LIMITS } from '../../limits.ts';
import { auditModel, settingsTabs } from '../../models/settings.ts';
import { page } from '../../page.ts';

export const showAudit = page({
  query: z.strictObject({ before: z.uuid().optional() }),
  handle: async ({ pipeline, workspace, query }) => {
    const limit = LIMITS.rowsPerPage;
    const rows = await listAudit(pipeline, {
      workspaceId: workspace.id,
      before: query.before,
      limit: limit + 1,
    });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const model = {
      tabs: settingsTabs('/settings/audit'),
      entries: rows.slice(0, limit).map((row) => auditModel(row, workspace.timezone)),
      next: last ? `/settings/audit?before=${last.id}` : null,
      first: query.before ? '/settings/audit' : null,
    };
    return { view: 'settings/audit', title: 'Settings', model };
  },
});
