import { loadConnectors } from '../../../src/connectors/registry.ts';
import { withWorkspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { createBuiltInSources } from '../../../src/flow/collect/sources.ts';
import { findProfileByIdentifier } from '../../../src/flow/identify/profiles.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { type Call, tell } from '../../setup/people.ts';

/** What a business hears, carried to people; and how to find one of them again. */
export async function hear(database: Database, workspaceId: string, calls: Call[]) {
  await loadConnectors();
  const workspace = await withWorkspace(database, workspaceId, async (scope) => {
    await createBuiltInSources(scope.db, scope.workspace);
    return scope.workspace;
  });
  await tell(database, workspace, calls);
  await carry(database, workspaceId, { waitMs: 5_000 });
  return async (kind: string, value: string): Promise<string> =>
    (await withWorkspace(database, workspaceId, ({ db }) =>
      findProfileByIdentifier(db, workspaceId, kind, value),
    ))!;
}

export const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString();

export const ADA: Call[] = [
  {
    id: 'a1',
    at: day(1),
    userId: 'ada',
    anonymousId: 'd1',
    traits: {
      email: 'ada.l@mail.example',
      firstName: 'Ada',
      lastName: 'Lovelace',
      phone: '+49 30 901820',
      country: 'DE',
    },
  },
  {
    id: 'a2',
    at: day(2),
    userId: 'ada',
    event: 'order_placed',
    properties: { value: 42.5, order_id: 'o-1', currency: 'EUR', email_copy: 'ada.l@mail.example' },
  },
  { id: 'a3', at: day(3), userId: 'ada', anonymousId: 'd1', type: 'page', properties: { path: '/tea' } },
  {
    id: 'a4',
    at: day(4),
    userId: 'ada',
    event: 'consent_granted',
    properties: { channel: 'email', topic: 'newsletter' },
  },
];
