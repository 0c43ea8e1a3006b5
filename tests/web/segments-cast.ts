import { withWorkspace } from '../../src/db/doors.ts';
import type { Database } from '../../src/db/pool.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { createCampaign } from '../../src/flow/send/campaigns.ts';
import { createDestination } from '../../src/flow/send/destinations.ts';
import { insertPurchases } from '../flow/score/cdnow.ts';
import type { Call } from '../setup/people.ts';
import { hear } from './people/people-cast.ts';
import type { Answer } from './visitor.ts';

/** What a spreadsheet would run, were it not guarded. */
export const FORMULA = '=HYPERLINK("http://evil.example","Ada")';
const AT = '2026-01-05T10:00:00Z';
const CALLS: Call[] = [
  {
    at: AT,
    userId: 'ada',
    traits: { email: 'ada.l@mail.example', name: FORMULA, plan: 'gold', country: 'DE' },
  },
  { at: AT, userId: 'grace', traits: { email: 'grace@mail.example', name: 'Grace Hopper', plan: 'gold' } },
  { at: AT, userId: 'alan', traits: { email: 'alan@mail.example', name: 'Alan Turing', plan: 'silver' } },
];
export const GOLD = { all: [{ trait: 'plan', op: 'eq', value: 'gold' }] };

/** A business with the published purchase log and three people with names, counted; ids of two of the three. */
export async function fillShop(
  database: Database,
  workspaceId: string,
): Promise<{ ada: string; alan: string }> {
  await withWorkspace(
    database,
    workspaceId,
    async ({ workspace }) => await insertPurchases(database, workspace),
  );
  const find = await hear(database, workspaceId, CALLS);
  await makeSegment(database, workspaceId, 'gold', GOLD);
  await refreshWorkspace(database, workspaceId, { trigger: 'test', full: true });
  return { ada: await find('user_id', 'ada'), alan: await find('user_id', 'alan') };
}

export async function makeSegment(
  database: Database,
  workspaceId: string,
  key: string,
  definition: unknown,
): Promise<void> {
  const name = `The ${key} ones`;
  await withWorkspace(
    database,
    workspaceId,
    async ({ db, workspace }) => await createSegment(db, workspace, { key, name, definition }),
  );
}

/** A campaign and a destination that rely on a segment. */
export async function useSegment(database: Database, workspaceId: string, key: string): Promise<void> {
  const letter = { name: 'June letter', topic: 'newsletter', subject: 'Tea', html: '<p>Tea</p>' };
  const settings = { apiKey: 'a-key-us21', audience: 'a36b032126' };
  await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    await createCampaign(db, { workspaceId }, { ...letter, segmentKey: key });
    const wish = { workspace, connector: 'mailchimp', name: 'Tea letter', settings };
    const { source } = await createSource(db, wish);
    await createDestination(db, workspaceId, { sourceId: source.id, segmentKey: key, name: 'Gold list' });
  });
}

/** A form of the builder with one condition, as the page sends it. */
export function ruleForm(
  name: string,
  plan: string,
  more: Record<string, string> = {},
): Record<string, string> {
  const rule = {
    'r.mode': 'all',
    'r.0.kind': 'trait',
    'r.0.name': 'plan',
    'r.0.op': 'eq',
    'r.0.value': plan,
  };
  return { key: '', isEdit: 'no', name, ...rule, ...more };
}

/** What a reader sees: tags and folded spaces gone. */
export function wordsOf({ text }: Answer): string {
  return text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}
