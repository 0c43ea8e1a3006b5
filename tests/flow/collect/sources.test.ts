import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { Invalid, NotFound } from '../../../src/base/errors.ts';
import { addConnector, loadConnectors } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import {
  createBuiltInSources,
  createSource,
  findSourceByHookToken,
  getSource,
  listSources,
  openHookToken,
  openSettings,
} from '../../../src/flow/collect/sources.ts';
import { pauseSource, removeSource, updateSource } from '../../../src/flow/collect/sources-edit.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { orchardConnector } from '../../vendors/orchard.ts';

const CANARY = 'canary-3f9c1f77-secret';
const settings = { baseUrl: 'https://orchard.example.com', apiKey: CANARY };
const { database } = await createTestDatabase();
let workspace: Workspace;

beforeAll(async () => {
  await loadConnectors();
  addConnector(orchardConnector as never);
  workspace = await createWorkspace(database);
});

async function makeSource(name = 'Our orchard') {
  return await createSource(database.db, { workspace, connector: 'orchard', name, settings });
}

describe('a source', () => {
  test('keeps its secret sealed: it is in no column of its row', async () => {
    const { source } = await makeSource();
    const [row] = await rowsOf<{ text: string }>(
      database.db,
      sql`select row_to_json(s)::text as text from sources s where s.workspace_id = ${workspace.id} and s.id = ${source.id}`,
    );
    expect(row?.text).toContain('orchard.example.com');
    expect(row?.text).not.toContain(CANARY);
    expect(row?.text).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 20));
    expect(openSettings(source)).toEqual({ ...settings, pageSize: 100 });
  });

  test('copied to another workspace does not open there', async () => {
    const { source } = await makeSource();
    const other = await createWorkspace(database, { name: 'Another' });
    expect(() => openSettings({ ...source, workspaceId: other.id })).toThrow(/does not open/);
  });

  test('of the same connector gets a key of its own', async () => {
    const fresh = await createWorkspace(database);
    const make = async () =>
      await createSource(database.db, { workspace: fresh, connector: 'orchard', name: 'Orchard', settings });
    const made = await Promise.all([make(), make(), make()]);
    expect(made.map(({ source }) => source.key).sort()).toEqual(['orchard', 'orchard-2', 'orchard-3']);
  });

  test('with wrong settings is refused, and the field is named', async () => {
    const wish = { workspace, connector: 'orchard', name: 'Orchard', settings: { baseUrl: 'x' } };
    const refused = await createSource(database.db, wish).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Invalid);
    expect((refused as Invalid).issues.map((issue) => issue.path)).toEqual(['apiKey']);
  });

  test('is found by the token of its webhook address only, until it is removed', async () => {
    const { source, hookToken } = await makeSource();
    expect(hookToken.length).toBeGreaterThanOrEqual(43);
    expect(openHookToken(source)).toBe(hookToken);
    expect((await findSourceByHookToken(database.db, hookToken))?.id).toBe(source.id);
    expect(await findSourceByHookToken(database.db, `${hookToken}x`)).toBeNull();
    await removeSource(database.db, source);
    expect(await findSourceByHookToken(database.db, hookToken)).toBeNull();
    await expect(getSource(database.db, workspace.id, source.id)).rejects.toBeInstanceOf(NotFound);
  });

  test('of one workspace is not found from another', async () => {
    const { source } = await makeSource();
    const other = await createWorkspace(database, { name: 'Another' });
    await expect(getSource(database.db, other.id, source.id)).rejects.toBeInstanceOf(NotFound);
  });
});

describe('editing a source', () => {
  const change = { name: 'Renamed', everyMinutes: 30, ordersAreMoney: false };

  test('keeps a secret that was left empty', async () => {
    const { source } = await makeSource();
    await updateSource(database.db, source, {
      ...change,
      settings: { ...settings, apiKey: '', pageSize: 7 },
    });
    const edited = await getSource(database.db, workspace.id, source.id);
    expect(openSettings(edited)).toEqual({ ...settings, pageSize: 7 });
    expect(edited).toMatchObject(change);
  });

  test('asks for the secret again when the address it is sent to changes', async () => {
    const { source } = await makeSource();
    const moved = { ...change, settings: { baseUrl: 'https://evil.example.net', apiKey: '' } };
    await expect(updateSource(database.db, source, moved)).rejects.toBeInstanceOf(Invalid);
    expect(openSettings(await getSource(database.db, workspace.id, source.id))).toMatchObject(settings);
  });

  test('does not wake one that was paused on purpose', async () => {
    const { source } = await makeSource();
    await pauseSource(database.db, source);
    const paused = await getSource(database.db, workspace.id, source.id);
    await updateSource(database.db, paused, { ...change, settings: { ...settings, apiKey: '' } });
    expect((await getSource(database.db, workspace.id, source.id)).status).toBe('paused');
  });
});

test('a new workspace has its tracking and its CSV source, once', async () => {
  const fresh = await createWorkspace(database);
  await createBuiltInSources(database.db, fresh);
  await createBuiltInSources(database.db, fresh);
  const made = await listSources(database.db, fresh.id);
  expect(made.map(({ key, connector }) => [key, connector]).sort()).toEqual([
    ['csv', 'csv'],
    ['tracking', 'http-api'],
  ]);
});
