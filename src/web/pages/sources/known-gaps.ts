import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Conflict } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { forgetKnownGap, noteKnownGap } from '../../../flow/collect/known-gaps.sql.ts';
import { getSource } from '../../../flow/collect/sources.ts';
import { audit } from '../../audit.ts';
import { queryOf } from '../../models/reconciliation.ts';
import { type PageContext, page } from '../../page.ts';
import { day, line } from './reconciliation.ts';

const params = z.strictObject({ id: z.uuid() });
const body = z.strictObject({ ...line, day });
const number = z.string().regex(/^-?\d{1,15}(\.\d{1,6})?$/);
const noting = body.extend({ theirs: number, ours: number });
type Request = PageContext & { params: z.infer<typeof params>; body: z.infer<typeof body> };

/** Somebody knows why a day differs: it warns no more until it differs otherwise. */
export const noteGap = page({
  params,
  body: noting,
  handle: async (request) => {
    const isNoted = await onSource(request, (db, owner) => {
      const by = { userId: request.user.id, at: now() };
      return noteKnownGap(db, owner, request.body, by);
    });
    if (!isNoted) throw new Conflict('This day does not differ any more as it did. Look again.');
    await audit(request, 'source.gap-known', { subject: request.params.id, details: request.body });
    return { redirect: backTo(request), flash: 'Noted. It warns again if the difference changes.' };
  },
});

export const forgetGap = page({
  params,
  body,
  handle: async (request) => {
    const isForgotten = await onSource(request, (db, owner) => forgetKnownGap(db, owner, request.body));
    if (!isForgotten) throw new Conflict('Nobody had noted this difference.');
    await audit(request, 'source.gap-warns', { subject: request.params.id, details: request.body });
    return { redirect: backTo(request), flash: 'It warns again.' };
  },
});

type Owner = { workspaceId: string; sourceId: string };

/** Throws NotFound for a source that is not theirs. */
async function onSource(
  request: Request,
  work: (db: Db, owner: Owner) => Promise<boolean>,
): Promise<boolean> {
  const { web, workspace, params: given } = request;
  return await withWorkspace(web, workspace.id, async ({ db }) => {
    const source = await getSource(db, workspace.id, given.id);
    return await work(db, { workspaceId: workspace.id, sourceId: source.id });
  });
}

function backTo({ params: { id }, body: given }: Request): string {
  return `/sources/${id}/reconciliation?${queryOf(given)}`;
}
