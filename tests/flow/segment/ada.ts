import type { Workspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { readMoment } from '../../../src/flow/segment/moment.ts';
import { loadPeople } from '../../../src/flow/segment/people.sql.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import type { Situation } from '../../../src/flow/segment/remedies/change.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { situationOf } from '../../../src/flow/segment/why.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { type Call, listPeople, tell } from '../../setup/people.ts';

export const AT = new Date('2026-11-20T12:00:00Z');
const DAY = 86_400_000;
export const ago = (days: number) => new Date(AT.getTime() - days * DAY).toISOString();
export const ahead = (days: number) => new Date(AT.getTime() + days * DAY).toISOString();
export const PATIENCE = { moments: 1_000 };

/** Somebody with two orders, a visit, a consent and a trial. */
const ADA: Call[] = [
  {
    at: ago(60),
    userId: 'ada',
    traits: { email: 'ada@mail.example', country: 'DE', trialEndsAt: ahead(20), birthday: '1990-11-24' },
  },
  { at: ago(60), userId: 'ada', event: 'signed_up' },
  { at: ago(50), userId: 'ada', event: 'order_placed', properties: { value: 40, order_id: 'a', sku: 'tea' } },
  { at: ago(5), userId: 'ada', event: 'order_placed', properties: { value: 25, order_id: 'b', sku: 'pot' } },
  { at: ago(4), userId: 'ada', event: 'page_viewed', properties: { path: '/tea' } },
  {
    at: ago(3),
    userId: 'ada',
    event: 'consent_granted',
    properties: { channel: 'email', topic: 'newsletter' },
  },
];

export async function meetAda(database: Database, workspace: Workspace): Promise<string> {
  await tell(database, workspace, ADA);
  await carry(database, workspace.id, { waitMs: 5_000 });
  const germans = { trait: 'country', op: 'eq', value: 'DE' };
  await createSegment(database.db, workspace, { key: 'germans', name: 'Germans', definition: germans });
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
  const [ada] = await listPeople(database, workspace);
  return ada!.id;
}

export async function situationAt(
  database: Database,
  workspace: Workspace,
  { id, asOf = AT }: { id: string; asOf?: Date },
): Promise<Situation> {
  const moment = await readMoment(database.db, workspace, asOf);
  const [person] = await loadPeople(database.db, moment, [id]);
  return situationOf(person!, moment);
}
