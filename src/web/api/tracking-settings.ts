import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { endpoint } from '../endpoint.ts';

const anyQuery = z.record(z.string(), z.string());

/** What Segment's browser SDK asks its `cdnURL` for before it sends: where to send, and that nothing else is loaded. */
export const trackingSettings = endpoint({
  params: z.strictObject({ writeKey: z.string() }),
  query: anyQuery,
  cors: true,
  findKey: ({ params }) => textOf(params.writeKey),
  handle: ({ params, config }) => {
    const base = new URL(config.baseUrl);
    const sender = {
      apiKey: params.writeKey,
      apiHost: `${base.host}/v1`,
      protocol: base.protocol.replace(':', ''),
      unbundledIntegrations: [],
      addBundledMetadata: true,
    };
    return {
      json: {
        integrations: { 'Segment.io': sender },
        plan: { track: { __default: { enabled: true, integrations: {} } } },
      },
    };
  },
});

/** The same for RudderStack's browser SDK, which asks its `configUrl`. */
export const sourceConfig = endpoint({
  query: anyQuery,
  cors: true,
  findKey: ({ query }) => textOf(query.writeKey),
  handle: ({ key, query, workspaceId }) => ({
    json: {
      source: {
        id: key.sourceId ?? key.id,
        name: 'Tracking',
        writeKey: query.writeKey,
        enabled: true,
        config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
        destinations: [],
        connections: [],
        workspaceId,
      },
      updatedAt: now().toISOString(),
    },
  }),
});

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
