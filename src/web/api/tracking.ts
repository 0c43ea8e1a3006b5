import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { Invalid, NotFound } from '../../base/errors.ts';
import type { MessageType } from '../../connectors/http-api/message.ts';
import { storeTracked } from '../../flow/collect/track.ts';
import { readTracking } from '../../flow/collect/tracking.ts';
import type { EndpointAnswer } from '../answers.ts';
import { endpoint, type KeyedContext } from '../endpoint.ts';
import { LIMITS } from '../limits.ts';

/** SDKs add parameters of their own to an address; none of them is ours to refuse. */
const anyQuery = z.record(z.string(), z.string());

export const trackBatch = trackingEndpoint('batch');
export const trackIdentify = trackingEndpoint('identify');
export const trackEvent = trackingEndpoint('track');
export const trackPage = trackingEndpoint('page');
export const trackScreen = trackingEndpoint('screen');
export const trackGroup = trackingEndpoint('group');
export const trackAlias = trackingEndpoint('alias');

/** One address of the tracking API: any content type, the key in the header or as `writeKey` in the body. */
function trackingEndpoint(kind: MessageType | 'batch') {
  return endpoint({
    query: anyQuery,
    takesBytes: true,
    maxBytes: LIMITS.batchBytes,
    cors: true,
    findKey: ({ bytes }) => findWriteKey(bytes),
    handle: async (request) => await keepCalls(request, kind),
  });
}

/** 200 once it is committed, with what was refused of it; 400 only if nothing of it could be kept. */
async function keepCalls(request: KeyedContext, kind: MessageType | 'batch'): Promise<EndpointAnswer> {
  const { workspaceId, sourceId } = request.key;
  if (!sourceId) throw new NotFound('This write key belongs to no source.');
  const tracked = readTracking(readJson(request.bytes), kind, now());
  const { kept, issues } = await storeTracked(request.pipeline.db, { workspaceId, sourceId }, tracked);
  if (kept === 0) throw new Invalid(issues);
  return { json: { success: true, ...(issues.length > 0 ? { issues } : {}) } };
}

/** The body is judged call by call, so that a hostile one does not sink its neighbours; here it need only be JSON. */
function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Invalid([{ path: '', message: 'The body is not JSON.' }], { cause });
  }
}

function findWriteKey(bytes: Buffer): string | null {
  const body = z.object({ writeKey: z.string().min(1) }).safeParse(readJson(bytes));
  return body.success ? body.data.writeKey : null;
}
