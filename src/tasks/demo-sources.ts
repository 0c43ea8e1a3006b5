import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import type { DemoSource } from '../demo/demo.ts';
import { createSource, listSources, type Source } from '../flow/collect/sources.ts';
import { syncSource } from '../flow/collect/sync.ts';

const WAIT_MS = 5 * 60_000;

/** The port the demo's vendors listen on: once chosen it stays, as the sources name it. 0 before the first time. */
export async function findDemoPort(database: Database, workspaceId: string): Promise<number> {
  const sources = await withWorkspace(database, workspaceId, ({ db }) => listSources(db, workspaceId));
  return sources.find((source) => source.demoPort !== null)?.demoPort ?? 0;
}

/** Connects what is not connected yet. */
export async function connectDemoSources(
  database: Database,
  workspaceId: string,
  given: { port: number; wanted: DemoSource[] },
): Promise<Source[]> {
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    const known = await listSources(db, workspaceId);
    const connected: Source[] = [];
    for (const wanted of given.wanted) {
      const source = known.find((one) => one.connector === wanted.connector && one.demoPort !== null);
      connected.push(
        source ?? (await createSource(db, { ...wanted, workspace, demoPort: given.port })).source,
      );
    }
    return connected;
  });
}

/** Two at a time: the machine that shows the demo is small. */
export async function syncDemoSources(database: Database, sources: Source[]): Promise<void> {
  const waiting = [...sources];
  const lane = async () => {
    for (let source = waiting.shift(); source; source = waiting.shift()) {
      await syncSource(database, source.workspaceId, source.id, { trigger: 'demo', waitMs: WAIT_MS });
    }
  };
  await Promise.all([lane(), lane()]);
}
