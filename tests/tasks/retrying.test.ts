import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { Invalid } from '../../src/base/errors.ts';
import type { Connector } from '../../src/connectors/contract.ts';
import { addConnector } from '../../src/connectors/registry.ts';
import type { Workspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { quarantineItems } from '../../src/flow/collect/quarantine.ts';
import { createSource, type Source } from '../../src/flow/collect/sources.ts';
import { storeItems } from '../../src/flow/collect/store.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { retryQuarantined } from '../../src/tasks/retrying.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { orchardConnector } from '../vendors/orchard.ts';

const { database } = await createTestDatabase();
/** What the mapping cannot read; a fix of the product takes words off this list. */
let unreadable: string[] = [];
const picky: Connector = {
  ...(orchardConnector as unknown as Connector),
  key: 'picky',
  map: ({ externalId, payload }) => {
    if (unreadable.includes(String(payload.sort)))
      throw new Invalid([{ path: 'sort', message: 'It is no sort of apple.' }]);
    const identifiers = [{ kind: 'email' as const, value: `${externalId}@example.com` }];
    const traits = { sort: payload.sort };
    return [
      { type: 'person', key: '', identifiers, traits, changedAt: new Date('2026-03-01'), consents: [] },
    ];
  },
};
addConnector(picky);

let workspace: Workspace;
let source: Source;
let key: { workspaceId: string; sourceId: string };

beforeEach(async () => {
  unreadable = ['quince', 'medlar'];
  workspace = await createWorkspace(database);
  const wish = { workspace, connector: 'picky', name: 'Orchard', settings: { baseUrl: 'x', apiKey: 'y' } };
  ({ source } = await createSource(database.db, wish));
  key = { workspaceId: workspace.id, sourceId: source.id };
  const sorts = ['gala', 'quince', 'quince', 'medlar'];
  const items = sorts.map((sort, index) => ({
    stream: 'apples',
    externalId: `a${index}`,
    version: '1',
    payload: { sort },
  }));
  await storeItems(database.db, key, items);
  await carry(database, workspace.id);
});

async function listAside() {
  return await rowsOf<{ id: string; sort: string; reason: string }>(
    database.db,
    sql`select id, payload ->> 'sort' as sort, reason from quarantine where workspace_id = ${workspace.id} order by 2`,
  );
}

async function countPeople(): Promise<number> {
  const rows = await rowsOf(database.db, sql`select 1 from profiles where workspace_id = ${workspace.id}`);
  return rows.length;
}

describe('records that were set aside', () => {
  test('come in after a fix; those that still cannot be read stay, with their reason', async () => {
    expect((await listAside()).map(({ sort }) => sort)).toEqual(['medlar', 'quince', 'quince']);
    expect(await countPeople()).toBe(1);
    unreadable = ['medlar'];
    expect(await retryQuarantined(database, key, null)).toEqual({ tried: 3, passed: 2 });
    expect(await listAside()).toMatchObject([
      { sort: 'medlar', reason: expect.stringMatching(/no sort of apple/) },
    ]);
    expect(await countPeople()).toBe(3);
    expect(await retryQuarantined(database, key, null)).toEqual({ tried: 1, passed: 0 });
    expect(await listAside()).toHaveLength(1);
  });

  test('can be tried one by one', async () => {
    unreadable = [];
    const [medlar] = await listAside();
    expect(await retryQuarantined(database, key, [medlar!.id])).toEqual({ tried: 1, passed: 1 });
    expect((await listAside()).map(({ sort }) => sort)).toEqual(['quince', 'quince']);
    expect(await retryQuarantined(database, key, [medlar!.id])).toEqual({ tried: 0, passed: 0 });
  });

  test('and were never stored stay where they are: only the vendor can tell them anew', async () => {
    unreadable = [];
    const refused = { stream: 'apples', path: 'id', reason: 'It has no id.', payload: { sort: 'nameless' } };
    await quarantineItems(database.db, key, [refused]);
    expect(await retryQuarantined(database, key, null)).toEqual({ tried: 3, passed: 3 });
    expect((await listAside()).map(({ sort }) => sort)).toEqual(['nameless']);
  });

  test('of another source are not touched', async () => {
    unreadable = [];
    const wish = { workspace, connector: 'picky', name: 'Other', settings: { baseUrl: 'x', apiKey: 'y' } };
    const other = (await createSource(database.db, wish)).source;
    const ids = (await listAside()).map(({ id }) => id);
    const tried = await retryQuarantined(database, { ...key, sourceId: other.id }, ids);
    expect(tried).toEqual({ tried: 0, passed: 0 });
    expect(await listAside()).toHaveLength(3);
  });
});
