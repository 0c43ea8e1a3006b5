import { z } from 'zod';
import { now } from '../../base/clock.ts';
import type { HookRequest } from '../../connectors/contract.ts';
import { receiveHook } from '../../flow/collect/hooks.ts';
import { openEndpoint } from '../endpoint.ts';
import { LIMITS } from '../limits.ts';

/** GET, HEAD and POST `/hooks/<token>`: what vendors send. The token in the path is the key. */
export const receiveWebhook = openEndpoint({
  params: z.strictObject({ token: z.string().min(20).max(100) }),
  query: z.record(z.string(), z.string()),
  takesBytes: true,
  maxBytes: LIMITS.hookBytes,
  handle: async (request) => {
    const { token } = request.params;
    const { status, body, contentType } = await receiveHook(request.pipeline, token, {
      method: methodOf(request.method),
      query: request.query,
      headers: request.headers,
      body: request.bytes,
      receivedAt: now(),
    });
    return { status, text: body, contentType: contentType ?? 'text/plain; charset=utf-8' };
  },
});

function methodOf(method: string): HookRequest['method'] {
  return method === 'GET' || method === 'HEAD' ? method : 'POST';
}
