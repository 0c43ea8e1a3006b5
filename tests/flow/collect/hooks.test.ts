import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../../src/base/clock.ts';
import { ConnectorError, Invalid, NotFound } from '../../../src/base/errors.ts';
import type { Connector, HookRequest } from '../../../src/connectors/contract.ts';
import { addConnector } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { receiveHook } from '../../../src/flow/collect/hooks.ts';
import { completeNotices } from '../../../src/flow/collect/notices.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { orchardConnector } from '../../vendors/orchard.ts';

const { database } = await createTestDatabase();
const settings = { baseUrl: 'https://orchard.example.com', apiKey: 'a key' };
/** What the vendor says when it is asked for more than the webhook named. */
let answerOfVendor: () => Record<string, unknown>;
let workspace: Workspace;

beforeAll(() => {
  addConnector(orchardConnector as never);
  const shy = {
    ...orchardConnector,
    key: 'shy-orchard',
    complete: async (_ctx, item) => ({ ...item, version: '1', payload: answerOfVendor() }),
  } satisfies typeof orchardConnector;
  addConnector(shy as unknown as Connector);
});
afterEach(resetClock);

async function plant(connector: string): Promise<string> {
  workspace = await createWorkspace(database);
  const made = await createSource(database.db, { workspace, connector, name: 'Orchard', settings });
  return made.hookToken;
}

function post(body: string, headers: Record<string, string> = { 'x-orchard': 'ripe' }): HookRequest {
  return { method: 'POST', query: {}, headers, body: Buffer.from(body), receivedAt: now() };
}

async function findRaw() {
  return await rowsOf<{ payload: unknown }>(
    database.db,
    sql`select r.payload from raw_events r join pending_raw_events p on p.raw_event_id = r.id and p.workspace_id = r.workspace_id
         where r.workspace_id = ${workspace.id}`,
  );
}

async function countIn(table: 'notices' | 'quarantine'): Promise<number> {
  const statement =
    table === 'notices'
      ? sql`select count(*) as n from pending_notices where workspace_id = ${workspace.id}`
      : sql`select count(*) as n from quarantine where workspace_id = ${workspace.id}`;
  return Number((await rowsOf<{ n: string }>(database.db, statement))[0]?.n);
}

describe('a webhook', () => {
  test('is kept before it is answered, and a second delivery changes nothing', async () => {
    const token = await plant('orchard');
    for (let delivery = 1; delivery <= 10; delivery++)
      expect(await receiveHook(database, token, post('{"id":"7","ripe":true}'))).toMatchObject({
        status: 200,
      });
    expect(await findRaw()).toEqual([{ payload: { id: '7', ripe: true } }]);
  });

  test('delivered twenty times at once is kept once', async () => {
    const token = await plant('orchard');
    await Promise.all(
      Array.from({ length: 20 }, async () => await receiveHook(database, token, post('{"id":"8"}'))),
    );
    expect(await findRaw()).toHaveLength(1);
  });

  test('without its signature is refused and leaves nothing', async () => {
    const token = await plant('orchard');
    expect(await receiveHook(database, token, post('{"id":"7"}', {}))).toMatchObject({ status: 401 });
    expect(await findRaw()).toEqual([]);
  });

  test('that is no JSON is refused in words, not as a fault of ours', async () => {
    const token = await plant('orchard');
    await expect(receiveHook(database, token, post('{"id":'))).rejects.toBeInstanceOf(Invalid);
    await expect(receiveHook(database, token, post('7'))).rejects.toBeInstanceOf(Invalid);
    expect(await findRaw()).toEqual([]);
  });

  test('to an address nobody has leads nowhere', async () => {
    await plant('orchard');
    await expect(receiveHook(database, 'x'.repeat(43), post('{"id":"7"}'))).rejects.toBeInstanceOf(NotFound);
  });

  test('whose record cannot be known again is set aside and still answered', async () => {
    const token = await plant('orchard');
    expect(await receiveHook(database, token, post('{"ripe":true}'))).toMatchObject({ status: 200 });
    expect(await findRaw()).toEqual([]);
    expect(await countIn('quarantine')).toBe(1);
  });
});

describe('a webhook with an id only', () => {
  test('is filled in after it was answered', async () => {
    const token = await plant('shy-orchard');
    answerOfVendor = () => ({ id: '7', apples: 12 });
    await receiveHook(database, token, post('{"id":"7"}'));
    expect(await findRaw()).toEqual([]);
    expect(await completeNotices(database, workspace.id)).toBe(1);
    expect(await findRaw()).toEqual([{ payload: { id: '7', apples: 12 } }]);
    expect(await completeNotices(database, workspace.id)).toBe(0);
  });

  test('is asked for again when the vendor was away, and not before its time', async () => {
    const token = await plant('shy-orchard');
    answerOfVendor = () => {
      throw new ConnectorError('It is away.', { retryable: true });
    };
    await receiveHook(database, token, post('{"id":"7"}'));
    expect(await completeNotices(database, workspace.id)).toBe(0);
    answerOfVendor = () => ({ id: '7', apples: 12 });
    expect(await completeNotices(database, workspace.id)).toBe(0);
    startClockAt(new Date(now().getTime() + 40_000));
    expect(await completeNotices(database, workspace.id)).toBe(1);
    expect(await findRaw()).toHaveLength(1);
  });

  test('that the vendor does not know is set aside with its reason', async () => {
    const token = await plant('shy-orchard');
    answerOfVendor = () => {
      throw new ConnectorError('There is no such apple.', { retryable: false });
    };
    await receiveHook(database, token, post('{"id":"7"}'));
    expect(await completeNotices(database, workspace.id)).toBe(0);
    expect(await countIn('notices')).toBe(0);
    expect(await countIn('quarantine')).toBe(1);
  });
});
