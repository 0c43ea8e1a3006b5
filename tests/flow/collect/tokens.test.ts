import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { now } from '../../../src/base/clock.ts';
import { ConnectorError } from '../../../src/base/errors.ts';
import { addConnector, loadConnectors } from '../../../src/connectors/registry.ts';
import { closeDatabase, openDatabase, rowsOf } from '../../../src/db/pool.ts';
import { configureConnections, openContext } from '../../../src/flow/collect/connection.ts';
import { createSource, getConnector, getSource, openSettings } from '../../../src/flow/collect/sources.ts';
import { renewToken } from '../../../src/flow/collect/tokens.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { startAdsServer } from '../../vendors/google-ads.ts';
import { orchardConnector } from '../../vendors/orchard.ts';

const { database, url } = await createTestDatabase();
const settings = { baseUrl: 'https://orchard.example.com', apiKey: 'a key' };

beforeAll(async () => {
  await loadConnectors();
  addConnector(orchardConnector as never);
});

async function plant() {
  const workspace = await createWorkspace(database);
  return (await createSource(database.db, { workspace, connector: 'orchard', name: 'Orchard', settings }))
    .source;
}

function renewing(lifeMs: number) {
  const calls: string[] = [];
  const renew = async () => {
    const value = `token-${calls.length + 1}-canary`;
    calls.push(value);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { value, expiresAt: new Date(now().getTime() + lifeMs) };
  };
  return { calls, renew };
}

describe('a short-lived token', () => {
  test('that twenty need at once, in two processes, is renewed once', async () => {
    const source = await plant();
    const other = openDatabase(url);
    const { calls, renew } = renewing(3_600_000);
    const needs = Array.from({ length: 20 }, async (_one, index) =>
      renewToken(index % 2 ? database : other, source, 'access', renew),
    );
    expect(new Set(await Promise.all(needs)).size).toBe(1);
    expect(calls).toHaveLength(1);
    await closeDatabase(other);
  });

  test('of Google is asked for once by twenty requests of two processes', async () => {
    const ads = await startAdsServer({ days: 2 });
    configureConnections({ allow: [ads.host], tries: 1 });
    const workspace = await createWorkspace(database);
    const given = { workspace, connector: 'google-ads', name: 'Ads', settings: ads.settings };
    const { source } = await createSource(database.db, given);
    const other = openDatabase(url);
    const contexts = [database, other].map((one) => openContext(one, workspace, source));
    const check = getConnector('google-ads').check;
    await Promise.all(Array.from({ length: 20 }, (_one, index) => check(contexts[index % 2]!)));
    expect(ads.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
    expect(ads.requests.filter(({ path }) => path !== '/token')).toHaveLength(20);
    expect(ads.violations).toEqual([]);
    await closeDatabase(other);
    await ads.close();
  });

  test('is used again while it is good, and renewed shortly before it ends', async () => {
    const source = await plant();
    const long = renewing(3_600_000);
    await renewToken(database, source, 'access', long.renew);
    await renewToken(database, source, 'access', long.renew);
    expect(long.calls).toHaveLength(1);
    const short = renewing(30_000);
    await renewToken(database, source, 'other', short.renew);
    await renewToken(database, source, 'other', short.renew);
    expect(short.calls).toHaveLength(2);
  });

  test('lies sealed and is no setting', async () => {
    const source = await plant();
    await renewToken(database, source, 'access', renewing(3_600_000).renew);
    const [row] = await rowsOf<{ text: string }>(
      database.db,
      sql`select row_to_json(s)::text as text from sources s where workspace_id = ${source.workspaceId} and id = ${source.id}`,
    );
    expect(row?.text).toContain('token:access');
    expect(row?.text).not.toContain('canary');
    const stored = await getSource(database.db, source.workspaceId, source.id);
    expect(openSettings(stored)).toEqual({ ...settings, pageSize: 100 });
  });

  test('that cannot be renewed says why', async () => {
    const source = await plant();
    const renew = async () => {
      throw new ConnectorError('Sign in again.', { retryable: false, needsReconnect: true });
    };
    await expect(renewToken(database, source, 'access', renew)).rejects.toThrow('Sign in again.');
  });
});
