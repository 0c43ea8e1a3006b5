import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { readConfig } from '../../../src/base/config.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { createBuiltInSources } from '../../../src/flow/collect/sources.ts';
import { commands } from '../../../src/tasks/commands/import.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

await loadConnectors();
const { database } = await createTestDatabase();
const folder = mkdtempSync(path.join(os.tmpdir(), 'import-'));
const [command] = commands;
const CDNOW = gunzipSync(
  readFileSync(path.join(import.meta.dirname, '../../fixtures/cdnow/transactions.csv.gz')),
);
const PURCHASES = {
  identifiers: { user_id: 'customer_id' },
  event: 'order_placed',
  occurredAt: { column: 'date', format: 'yyyy-MM-dd' },
  value: { column: 'amount' },
  currency: 'USD',
  properties: { quantity: 'cds' },
};

async function openWorkspace(): Promise<Workspace> {
  const workspace = await createWorkspace(database);
  await createBuiltInSources(database.db, workspace);
  return workspace;
}
async function runImport(workspace: Workspace, kind: string, content: string | Buffer, map: unknown) {
  const file = path.join(folder, 'file.csv');
  writeFileSync(file, content);
  const context = { database, config: readConfig({ DATA_DIR: folder }) };
  return await command!.run(context, { workspace: workspace.id, file, kind, map: JSON.stringify(map) });
}
const countEvents = async ({ id }: Workspace) =>
  await rowsOf(
    database.db,
    sql`select count(*)::int as events, count(distinct profile_id)::int as people, sum(value)::text as total,
               min(occurred_at)::text as first from events where workspace_id = ${id}`,
  );

test('2,357 customers with 6,919 orders are there when the import answers, and again changes nothing', async () => {
  const workspace = await openWorkspace();
  const expected = [{ events: 6_919, people: 2_357, total: '244091.94', first: '1996-12-31 23:00:00+00' }];
  for (const unchanged of [0, 6_919]) {
    const answer = await runImport(workspace, 'events', CDNOW, PURCHASES);
    expect(answer).toMatchObject({ rows: 6_919, accepted: 6_919, quarantined: 0, unchanged });
    expect(await countEvents(workspace)).toEqual(expected);
  }
}, 120_000);

test('people come with what they are known by, their traits and their decisions', async () => {
  const workspace = await openWorkspace();
  const file = 'E-mail,Country,opt_in\nada@example.com,DE,yes\nbob@example.com,FR,no\n,IT,yes\n';
  const map = {
    identifiers: { email: 'E-mail' },
    traits: { country: 'Country' },
    consents: [
      { channel: 'email', topic: 'newsletter', column: 'opt_in', granted: ['yes'], withdrawn: ['no'] },
    ],
  };
  expect(await runImport(workspace, 'people', file, map)).toMatchObject({
    rows: 3,
    accepted: 2,
    quarantined: 1,
  });
  const people = await rowsOf(
    database.db,
    sql`select i.value, t.country, c.channel, c.topic, c.state
          from identifiers i
          join profile_traits t on t.workspace_id = i.workspace_id and t.profile_id = i.profile_id
          join consents c on c.workspace_id = i.workspace_id and c.profile_id = i.profile_id
         where i.workspace_id = ${workspace.id} order by i.value`,
  );
  expect(people).toEqual([
    { value: 'ada@example.com', country: 'DE', channel: 'email', topic: 'newsletter', state: 'granted' },
    { value: 'bob@example.com', country: 'FR', channel: 'email', topic: 'newsletter', state: 'withdrawn' },
  ]);
});

test('a mapping that does not fit is refused by its place, and nothing is stored', async () => {
  const workspace = await openWorkspace();
  const attempt = async (map: unknown) => await runImport(workspace, 'events', 'a,b\n1,2\n', map);
  await expect(attempt({ identifiers: { user_id: 'c' }, event: 'x' })).rejects.toThrow('identifiers.user_id');
  await expect(attempt({ identifiers: {}, event: 'x' })).rejects.toThrow('map.identifiers');
  await expect(attempt({ identifiers: { user_id: 'a' }, evnt: 'x' })).rejects.toThrow('evnt');
  expect(await countEvents(workspace)).toMatchObject([{ events: 0 }]);
});
