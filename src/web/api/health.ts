import { countWaiting, findFaults } from '../../tasks/readiness.ts';
import { openEndpoint } from '../endpoint.ts';
import { noteWaiting, registry } from '../metrics.ts';

/** The process lives. */
export const healthz = openEndpoint({ handle: () => ({ json: { status: 'ok' } }) });

/** It can do its work: database, schema, schedule. Otherwise 503 with the reasons. */
export const readyz = openEndpoint({
  handle: async ({ pipeline, config }) => {
    const faults = await findFaults(pipeline, config);
    return faults.length === 0
      ? { json: { status: 'ok' } }
      : { status: 503, json: { status: 'not ready', faults } };
  },
});

export const metrics = openEndpoint({
  handle: async ({ pipeline }) => {
    noteWaiting(await countWaiting(pipeline));
    return { text: await registry.metrics(), contentType: registry.contentType };
  },
});
