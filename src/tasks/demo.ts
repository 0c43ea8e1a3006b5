import { Conflict } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { newToken } from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import { withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { removeWorkspace } from '../db/removal.ts';
import { listDemoSources } from '../demo/demo.ts';
import { createUser, findUserByEmail, insertColleague, setPassword } from '../staff/users.ts';
import { sendShopHistory } from './demo-shop.ts';
import { connectDemoSources, findDemoPort, syncDemoSources } from './demo-sources.ts';
import { closeVendors, openVendors } from './demo-vendors.ts';
import {
  type DemoWorkspace,
  getOrCreateDemoWorkspace,
  listDemoWorkspaces,
  noteDemo,
} from './demo-workspaces.ts';
import { renewAllInsights } from './insights.ts';
import { carry } from './pipeline.ts';
import { scoreNightly } from './refreshing.ts';

export type DemoLogin = { workspace: string; email: string; password: string };
/** `baseUrl`: where the tracking API of this installation answers. */
type Surroundings = { database: Database; baseUrl: string };

const DEMO_EMAIL = 'demo@leafandbean.example';
const WAIT_MS = 10 * 60_000;

/**
 * The demo business, ready to be looked at: made on the first call, found again on later ones. Whoever starts the
 * demo gets a new password each time; it is printed once and kept nowhere.
 */
export async function startDemo(given: Surroundings & { people?: number }): Promise<DemoLogin> {
  const demo = await getOrCreateDemoWorkspace(given.database, given.people);
  const login = { workspace: demo.id, email: DEMO_EMAIL, password: `leaf-${newToken().slice(0, 16)}` };
  await openAccount(given.database, login);
  await loadDemo(given, demo);
  return login;
}

/** The demo business for a colleague who asked for it on a page; `loadDemo` fills it. */
export async function joinDemo(database: Database, userId: string): Promise<DemoWorkspace> {
  const demo = await getOrCreateDemoWorkspace(database);
  await join(database, demo.id, userId);
  return demo;
}

/**
 * Connects the sources to the demo's vendors, fetches them, lets the shop send its history over HTTP, and carries
 * it all to people. May be called again after it broke off: what is there is not doubled.
 */
export async function loadDemo(given: Surroundings, demo: DemoWorkspace): Promise<void> {
  const { database } = given;
  const port = await openVendors(demo, await findDemoPort(database, demo.id));
  if (demo.isLoaded) return;
  // Asked for twice, it is loaded once: the second finds the lease taken.
  await withLease(database, { workspaceId: demo.id, job: 'demo' }, () => load(given, demo, port));
}

async function load(given: Surroundings, demo: DemoWorkspace, port: number): Promise<void> {
  const { database } = given;
  const startedAt = performance.now();
  // The refresh of the minute would see half a business, and make a history of people who come and go with it.
  const quiet = { workspaceId: demo.id, job: 'refresh', waitMs: WAIT_MS };
  const isIn = await withLease(database, quiet, () => fill(given, demo, port));
  if (!isIn) throw new Conflict('The demo business is being refreshed. Try again in a minute.');
  await scoreNightly(database, demo.id);
  await renewAllInsights(database, demo.id);
  await noteDemo(database, { ...demo, isLoaded: true });
  log.info(
    { workspace: demo.id, ms: Math.round(performance.now() - startedAt) },
    'The demo business is ready',
  );
}

async function fill({ database, baseUrl }: Surroundings, demo: DemoWorkspace, port: number): Promise<true> {
  const sources = await connectDemoSources(database, demo.id, { port, wanted: listDemoSources(port) });
  await Promise.all([sendShopHistory(database, { demo, baseUrl }), syncDemoSources(database, sources)]);
  await carry(database, demo.id, { waitMs: WAIT_MS });
  return true;
}

/** Takes the demo business away with everything in it. Throws Conflict for any other workspace. */
export async function removeDemo(database: Database, workspaceId: string): Promise<void> {
  const demos = await listDemoWorkspaces(database);
  if (!demos.some((demo) => demo.id === workspaceId)) throw new Conflict('This is not the demo business.');
  const alone = (job: string) => ({ workspaceId, job, waitMs: WAIT_MS });
  await withLease(database, alone('carry'), () =>
    withLease(database, alone('refresh'), () => removeWorkspace(database, workspaceId)),
  );
  await closeVendors(workspaceId);
}

async function openAccount(database: Database, { workspace, email, password }: DemoLogin): Promise<void> {
  const user = await findUserByEmail(database, email);
  if (user) await setPassword(database, user.id, password);
  else await createUser(database, { email, name: 'Demo', password, workspaceId: workspace, role: 'admin' });
  if (user) await join(database, workspace, user.id);
}

async function join(database: Database, workspaceId: string, userId: string): Promise<void> {
  await withPlatform(database, (db) => insertColleague(db, { workspaceId, userId, role: 'admin' }));
}
