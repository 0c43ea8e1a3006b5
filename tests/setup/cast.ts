import { now } from '../../src/base/clock.ts';
import { type Workspace, withPlatform } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import type { Database } from '../../src/db/pool.ts';
import { workspaces } from '../../src/db/schema/db.ts';

/** Ada's Tea in Berlin, the business of every test; `overrides` make another. */
export async function createWorkspace(
  database: Database,
  overrides: Partial<Workspace> = {},
): Promise<Workspace> {
  const workspace: Workspace = {
    id: newId(),
    name: "Ada's Tea",
    timezone: 'Europe/Berlin',
    currency: 'EUR',
    kind: 'shop',
    isDemo: false,
    settings: {},
    ...overrides,
  };
  await withPlatform(
    database,
    async (db) => await db.insert(workspaces).values({ ...workspace, createdAt: now() }),
  );
  return workspace;
}
