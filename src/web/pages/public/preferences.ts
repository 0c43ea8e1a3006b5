import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { wakeCarry } from '../../../flow/collect/wake.ts';
import { readPreferences, savePreferences } from '../../../flow/send/decisions.ts';
import { mask } from '../../models/format.ts';
import type { PublicContext } from '../../page.ts';
import { publicPage } from '../../page.ts';
import { openToken, PREVIEW, tokenParams } from './token.ts';

export const showPreferences = publicPage({
  params: tokenParams,
  query: z.record(z.string(), z.string()),
  handle: async (request) => await preferencesPage(request, request.params.token, false),
});

export const changePreferences = publicPage({
  params: tokenParams,
  query: z.record(z.string(), z.string()),
  body: z.strictObject({
    topics: z.array(z.string().max(200)).max(200).default([]),
    everything: z.string().optional(),
  }),
  handle: async (request) => {
    const { token } = request.params;
    if (token !== PREVIEW) {
      const owner = openToken(token);
      const { topics, everything } = request.body;
      await withWorkspace(request.web, owner.workspaceId, async ({ db }) => {
        await savePreferences(db, owner, { granted: topics, everything: everything === 'yes' });
      });
      wakeCarry(owner.workspaceId);
    }
    return await preferencesPage(request, token, token !== PREVIEW);
  },
});

async function preferencesPage(request: PublicContext, token: string, isSaved: boolean) {
  const base = { token, isSaved, isPreview: token === PREVIEW };
  const view = { view: 'public/preferences', title: 'What you want to get' };
  if (token === PREVIEW)
    return {
      ...view,
      model: { ...base, business: 'the business', address: null, topics: [], isEverythingWithdrawn: false },
    };
  const owner = openToken(token);
  return await withWorkspace(request.web, owner.workspaceId, async ({ db, workspace }) => {
    const found = await readPreferences(db, owner);
    const topics = (found?.topics ?? []).map((topic) => ({ ...topic, isGranted: topic.state === 'granted' }));
    const isEverythingWithdrawn = found?.isEverythingWithdrawn ?? false;
    return {
      ...view,
      model: {
        ...base,
        business: workspace.name,
        address: found?.address ? mask(found.address) : null,
        topics,
        isEverythingWithdrawn,
      },
    };
  });
}
