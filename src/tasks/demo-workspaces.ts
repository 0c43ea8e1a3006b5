import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../base/clock.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { workspaces } from '../db/schema/db.ts';
import { DEMO_BUSINESS } from '../demo/demo.ts';
import { createWorkspace, updateWorkspaceSettings } from '../staff/workspaces.ts';

/** A demo business of this installation. `anchor` is the moment its eighteen months ended, `people` how many it met. */
export type DemoWorkspace = { id: string; anchor: Date; people: number; isLoaded: boolean };

const PEOPLE = 5_000;

const demoSettings = z.object({ anchor: z.coerce.date(), people: z.number().int(), isLoaded: z.boolean() });

export async function listDemoWorkspaces(database: Database): Promise<DemoWorkspace[]> {
  const rows = await withPlatform(database, (db) =>
    db.select().from(workspaces).where(eq(workspaces.isDemo, true)),
  );
  return rows.map(({ id, settings }) => ({ id, ...z.object({ demo: demoSettings }).parse(settings).demo }));
}

/** The demo business there is, or a new one that is still empty. */
export async function getOrCreateDemoWorkspace(database: Database, people = PEOPLE): Promise<DemoWorkspace> {
  const [known] = await listDemoWorkspaces(database);
  if (known) return known;
  const { id } = await createWorkspace(database, { ...DEMO_BUSINESS, isDemo: true });
  const demo = { id, anchor: now(), people, isLoaded: false };
  await noteDemo(database, demo);
  return demo;
}

export async function noteDemo(database: Database, { id, ...demo }: DemoWorkspace): Promise<void> {
  await updateWorkspaceSettings(database, id, { demo });
}
