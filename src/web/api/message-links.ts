import { Readable } from 'node:stream';
import { z } from 'zod';
import { withWorkspace } from '../../db/doors.ts';
import { wakeCarry } from '../../flow/collect/wake.ts';
import { recordClick, recordOpen } from '../../flow/send/interest.ts';
import { isWebTarget, readToken } from '../../flow/send/links.ts';
import { openEndpoint } from '../endpoint.ts';

const params = z.strictObject({ token: z.string().min(1).max(8_000) });
const query = z.record(z.string(), z.string());

/** One transparent pixel. */
const PICTURE = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** The picture of a message. It is answered whatever the token says: a broken picture helps nobody. */
export const showPicture = openEndpoint({
  params,
  query,
  handle: async (request) => {
    const owner = readToken('open', request.params.token);
    if (owner && request.method === 'GET') {
      await withWorkspace(request.web, owner.workspaceId, async ({ db }) => await recordOpen(db, owner));
      wakeCarry(owner.workspaceId);
    }
    const body = Buffer.from(PICTURE, 'base64');
    return {
      stream: Readable.from([body]),
      contentType: 'image/gif',
      headers: { 'content-length': String(body.length) },
    };
  },
});

/** A link of a message: leads where the message said when it was signed, and nowhere else. */
export const followLink = openEndpoint({
  params,
  query,
  handle: async (request) => {
    const click = readToken('click', request.params.token);
    if (!click || !isWebTarget(click.target)) {
      return {
        status: 404,
        text: 'This link is not complete. Open it again from the message.',
        contentType: 'text/plain; charset=utf-8',
      };
    }
    if (request.method === 'GET') {
      await withWorkspace(
        request.web,
        click.workspaceId,
        async ({ db }) => await recordClick(db, click, click.target),
      );
      wakeCarry(click.workspaceId);
    }
    return {
      status: 302,
      headers: { location: new URL(click.target).href, 'referrer-policy': 'no-referrer' },
      empty: true,
    };
  },
});
