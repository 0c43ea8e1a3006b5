import { ConnectorError } from '../base/errors.ts';
import { createHttp } from '../base/http.ts';
import type { Database } from '../db/pool.ts';
import { shopBatches } from '../demo/demo.ts';
import { createKey, revokeKey } from '../staff/keys.ts';
import type { DemoWorkspace } from './demo-workspaces.ts';

/** Bodies under way at once. More would only queue in front of the same two processors. */
const LANES = 3;

/**
 * The shop of the demo tells what happened in it, as any shop would: through the tracking API, with a write key
 * that ends with the telling. Every call has its messageId, so that telling it again changes nothing.
 */
export async function sendShopHistory(
  database: Database,
  given: { demo: DemoWorkspace; baseUrl: string },
): Promise<void> {
  const { demo, baseUrl } = given;
  const key = await createKey(database, {
    workspaceId: demo.id,
    kind: 'write',
    name: 'Shop of the demo',
    createdBy: null,
  });
  const send = openShop(baseUrl, key.secret);
  const batches = shopBatches(demo);
  const lane = async () => {
    for (const body of batches) await send(body);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await revokeKey(database, demo.id, key.id);
}

function openShop(baseUrl: string, key: string): (body: object) => Promise<void> {
  const http = createHttp({ allow: [new URL(baseUrl).host] });
  const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  return async (json) => {
    const request = {
      method: 'POST' as const,
      url: `${baseUrl}/v1/batch`,
      headers: { authorization },
      json,
      isRepeatable: true,
    };
    const { text } = await http(request);
    if (text.includes('"issues"'))
      throw new ConnectorError('The tracking API refused some calls of the demo shop.', { retryable: false });
  };
}
