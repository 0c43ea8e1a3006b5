import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { wakeCarry } from '../../../flow/collect/wake.ts';
import { readPreferences, unsubscribe } from '../../../flow/send/decisions.ts';
import type { LinkOwner } from '../../../flow/send/links.ts';
import { mask } from '../../models/format.ts';
import type { PublicContext } from '../../page.ts';
import { publicPage } from '../../page.ts';
import { openToken, PREVIEW, tokenParams } from './token.ts';

/** A page with a button: programs that look at every link of a mail unsubscribe nobody. */
export const showUnsubscribe = publicPage({
  params: tokenParams,
  query: z.record(z.string(), z.string()),
  handle: async (request) => {
    const { token } = request.params;
    const model = token === PREVIEW ? previewModel() : await readModel(request, openToken(token));
    return { view: 'public/unsubscribe', title: 'Unsubscribe', model: { ...model, token } };
  },
});

/** The button of the page, and the one click of a mail program (RFC 8058), which sends no cookie. */
export const createUnsubscribe = publicPage({
  params: tokenParams,
  query: z.record(z.string(), z.string()),
  body: z.record(z.string(), z.unknown()),
  handle: async (request) => {
    const { token } = request.params;
    if (token === PREVIEW)
      return { view: 'public/unsubscribed', title: 'This is a preview', model: { token, isPreview: true } };
    const owner = openToken(token);
    const isOneClick = request.body['List-Unsubscribe'] !== undefined;
    await withWorkspace(request.web, owner.workspaceId, async ({ db }) => {
      await unsubscribe(db, owner, {
        everything: request.body.everything === 'yes',
        via: isOneClick ? 'one-click' : 'page',
      });
    });
    wakeCarry(owner.workspaceId);
    return { view: 'public/unsubscribed', title: 'You are unsubscribed', model: { token, isPreview: false } };
  },
});

async function readModel(request: PublicContext, owner: LinkOwner) {
  return await withWorkspace(request.web, owner.workspaceId, async ({ db, workspace }) => {
    const found = await readPreferences(db, owner);
    return {
      business: workspace.name,
      topic: found?.topic?.name ?? null,
      address: found?.address ? mask(found.address) : null,
      isPreview: false,
    };
  });
}

function previewModel() {
  return { business: 'the business', topic: 'the topic', address: null, isPreview: true };
}
