import { log } from '../base/log.ts';
import type { Database } from '../db/pool.ts';
import { startDemoVendors } from '../demo/demo.ts';
import type { VendorServer } from '../demo/vendors/server.ts';
import { findDemoPort } from './demo-sources.ts';
import { type DemoWorkspace, listDemoWorkspaces } from './demo-workspaces.ts';

/** The vendors this process plays, by demo workspace. */
const open = new Map<string, VendorServer>();

/** The port on which the vendors of this demo listen: `wished`, or any free one for 0. */
export async function openVendors(demo: DemoWorkspace, wished: number): Promise<number> {
  const known = open.get(demo.id);
  if (known) return known.port;
  try {
    const server = await startDemoVendors(demo, wished);
    open.set(demo.id, server);
    return server.port;
  } catch (error) {
    // The other web process of this installation plays them already.
    if (isTaken(error) && wished > 0) return wished;
    throw error;
  }
}

export async function closeVendors(workspaceId: string): Promise<void> {
  await open.get(workspaceId)?.close();
  open.delete(workspaceId);
}

export async function closeAllVendors(): Promise<void> {
  await Promise.all([...open.keys()].map(closeVendors));
}

/** After a start: the vendors of a demo that was loaded before listen again, so that its nightly syncs find them. */
export async function reopenVendors(database: Database): Promise<void> {
  for (const demo of await listDemoWorkspaces(database)) {
    const port = await findDemoPort(database, demo.id);
    if (port > 0) await openVendors(demo, port);
    log.info({ workspace: demo.id, port }, 'The vendors of the demo listen again');
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
