import { afterAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { closeAllVendors } from '../../../src/tasks/demo-vendors.ts';
import { getOrCreateDemoWorkspace, listDemoWorkspaces } from '../../../src/tasks/demo-workspaces.ts';
import { serveApp } from '../../setup/app.ts';
import { createCast, EMAILS, PASSWORD } from '../../setup/colleagues.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { Visitor } from '../visitor.ts';

const { database, web } = await createTestDatabase();
const { url } = await serveApp({ database, web });
await loadConnectors();
await createCast(database);
// A small one stands ready, so that the button fills it and not one of five thousand.
await getOrCreateDemoWorkspace(database, 60);
afterAll(closeAllVendors);

async function signedIn(email: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  await visitor.signIn(email, PASSWORD);
  return visitor;
}

test('a reader may not load the demo business', async () => {
  const visitor = await signedIn(EMAILS.viewer);
  expect((await visitor.post('/demo', {}, '/account')).status).toBe(403);
});

test('an admin loads the demo business with one click, looks at it and takes it away', async () => {
  const visitor = await signedIn(EMAILS.admin);
  expect((await visitor.post('/demo', {}, '/account')).status).toBe(303);
  await expect
    .poll(async () => (await listDemoWorkspaces(database))[0]?.isLoaded, { timeout: 120_000, interval: 500 })
    .toBe(true);
  expect((await visitor.get('/')).text).toContain('This is the demo business');
  expect((await visitor.post('/demo-removals', {}, '/account')).status).toBe(303);
  expect((await visitor.get('/')).text).not.toContain('This is the demo business');
  expect(await listDemoWorkspaces(database)).toEqual([]);
}, 150_000);

test('a business that is no demo cannot be removed this way', async () => {
  const visitor = await signedIn(EMAILS.admin);
  expect((await visitor.post('/demo-removals', {}, '/account')).status).toBe(409);
});
