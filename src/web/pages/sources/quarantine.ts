import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { countQuarantine, listQuarantine } from '../../../flow/collect/source-overview.sql.ts';
import { getSource } from '../../../flow/collect/sources.ts';
import { retryQuarantined } from '../../../tasks/retrying.ts';
import { audit } from '../../audit.ts';
import { LIMITS } from '../../limits.ts';
import { plural } from '../../models/format.ts';
import { quarantineModel } from '../../models/quarantine.ts';
import { page } from '../../page.ts';
import { crumbsOf, tabsOf } from './facts.ts';

/** The key of the last row seen: its time and its id. */
const before = z
  .string()
  .regex(/^[^_]+_[0-9a-f-]{36}$/)
  .transform((text) => ({ at: new Date(text.split('_')[0]!), id: text.split('_')[1]! }))
  .refine(({ at }) => Number.isFinite(at.getTime()));

/** What a source said that could not be taken in, with the reason. */
export const showQuarantine = page({
  params: z.strictObject({ id: z.uuid() }),
  query: z.strictObject({ before: before.optional() }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const source = await getSource(db, workspace.id, request.params.id);
      const limit = LIMITS.rowsPerPage;
      const found = await listQuarantine(db, source, { before: request.query.before, limit: limit + 1 });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const base = `/sources/${source.id}`;
      return {
        view: 'sources/quarantine',
        title: source.name,
        crumbs: [...crumbsOf(source), { label: 'Quarantine' }],
        model: {
          tabs: tabsOf(source, 'quarantine', await countQuarantine(db, source)),
          base,
          rows: shown.map((entry) => quarantineModel(entry, workspace.timezone)),
          canRetry: true,
          next:
            found.length > limit && last
              ? `${base}/quarantine?before=${last.receivedAt.toISOString()}_${last.id}`
              : null,
          first: request.query.before ? `${base}/quarantine` : null,
        },
      };
    }),
});

/** Maps what was set aside once more: one record, or all that are stored. */
export const retryQuarantine = page({
  params: z.strictObject({ id: z.uuid() }),
  body: z.strictObject({ record: z.guid().optional() }),
  handle: async (request) => {
    const { id } = request.params;
    await withWorkspace(request.web, request.workspace.id, ({ db, workspace }) =>
      getSource(db, workspace.id, id),
    );
    const { record } = request.body;
    const key = { workspaceId: request.workspace.id, sourceId: id };
    const outcome = await retryQuarantined(request.pipeline, key, record ? [record] : null);
    await audit(request, 'source.quarantine-tried', { subject: id });
    return { redirect: `/sources/${id}/quarantine`, flash: describeRetry(outcome) };
  },
});

function describeRetry({ tried, passed }: { tried: number; passed: number }): string {
  if (tried === 0)
    return 'There was nothing to try again: these records come anew when the vendor corrects them.';
  const tries = `Tried ${plural(tried, 'record')} again`;
  if (passed === tried) return `${tries}: ${tried === 1 ? 'it is' : 'all are'} in now.`;
  if (passed === 0) return `${tries}: still not readable, for the reason below.`;
  return `${tries}: ${passed} came in, ${tried - passed} could still not be read.`;
}
