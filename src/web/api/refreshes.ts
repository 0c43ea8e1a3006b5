import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { Invalid, NotFound } from '../../base/errors.ts';
import { moment } from '../../base/moments.ts';
import { withWorkspace } from '../../db/doors.ts';
import { refreshes } from '../../db/schema/segment.ts';
import { findLastAsOf } from '../../flow/segment/refresh.ts';
import { startRefresh } from '../../tasks/refresh-requests.ts';
import { endpoint } from '../endpoint.ts';
import { parse } from '../input.ts';
import { parseJson } from '../json.ts';

const wish = z.strictObject({ full: z.boolean().optional(), asOf: moment.optional() });

/** POST /api/v1/refresh: 202 with the id of a refresh; it is done when its status is `succeeded`. A body is optional. */
export const createRefresh = endpoint({
  takesBytes: true,
  handle: async (request) => {
    const asked = parse(wish, request.bytes.length ? parseJson(request.bytes) : {});
    const last = await withWorkspace(request.web, request.workspaceId, async ({ db }) =>
      findLastAsOf(db, request.workspaceId),
    );
    if (asked.asOf && last && asked.asOf < last)
      throw new Invalid([
        { path: 'asOf', message: `Not before the last refresh, which was as of ${last.toISOString()}.` },
      ]);
    const refresh = await startRefresh(request.pipeline, request.workspaceId, { trigger: 'api', ...asked });
    return { status: 202, json: { refresh } };
  },
});

/** GET /api/v1/refreshes/:id */
export const getRefresh = endpoint({
  params: z.strictObject({ id: z.guid() }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const [row] = await db
        .select()
        .from(refreshes)
        .where(and(eq(refreshes.workspaceId, workspace.id), eq(refreshes.id, request.params.id)));
      if (!row) throw new NotFound('There is no such refresh.');
      const { workspaceId: _, ...refresh } = row;
      return { json: refresh };
    }),
});
