import { beforeAll, describe, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { createBuiltInSources } from '../../src/flow/collect/sources.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { tell } from '../setup/people.ts';
import { Visitor } from './visitor.ts';

let databases: TestDatabase;
let cast: Cast;
let url: string;

const daysAgo = (days: number) => new Date(now().getTime() - days * 86_400_000).toISOString();

beforeAll(async () => {
  await loadConnectors();
  databases = await createTestDatabase();
  const { database } = databases;
  cast = await createCast(database);
  ({ url } = await serveApp(databases));
  const workspace = await withWorkspace(database, cast.workspaceId, async (scope) => {
    await createBuiltInSources(scope.db, scope.workspace);
    const definition = { all: [{ event: 'Order Completed' }, { trait: 'plan', op: 'eq', value: 'gold' }] };
    const wish = { key: 'spenders', name: 'Big spenders of tea', definition };
    await createSegment(scope.db, scope.workspace, wish as never);
    return scope.workspace;
  });
  await speak(workspace);
});

async function speak(workspace: Workspace) {
  const order = (index: number, total: unknown, days: number) => ({
    type: 'track' as const,
    at: daysAgo(days),
    userId: `u${index}`,
    event: 'Order Completed',
    properties: { boxes: total, note: 'call +49 30 1234567 or ida@example.com' },
    id: newId(),
  });
  await tell(databases.database, workspace, [
    {
      type: 'identify',
      at: daysAgo(9),
      userId: 'u1',
      traits: { email: 'ida@example.com', plan: 'gold' },
      id: newId(),
    },
    { type: 'identify', at: daysAgo(2), userId: 'u1', traits: { plan: 7 }, id: newId() },
    ...[1, 2, 3].map((index) => order(index, index * 10, 40)),
    ...[4, 5].map((index) => order(index, `${index} boxes`, 5)),
    { type: 'track', at: daysAgo(1), userId: 'u9', event: 'tea_brewed', properties: {}, id: newId() },
  ]);
  await carry(databases.database, workspace.id);
}

async function signedIn(email: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  await visitor.signIn(email, PASSWORD);
  return visitor;
}

describe('the dictionary', () => {
  test('lists events with where they come from, how often, their other spellings and what uses them', async () => {
    const admin = await signedIn(EMAILS.admin);
    const { status, text } = await admin.get('/dictionary');
    expect(status).toBe(200);
    expect(text).toMatch(/<code>order_placed<\/code><span class="cell-sub">also sent as Order Completed/);
    expect(text).toMatch(/data-label="From">Tracking<\/td>\s*<td[^>]*>5<\/td>/);
    expect(text).toContain('>Big spenders of tea</a>');
    expect(text).toContain('tea_brewed');
  });

  test('warns of a property that was a number and now is text, first of all', async () => {
    const admin = await signedIn(EMAILS.admin);
    const { text } = await admin.get('/dictionary?kind=properties');
    expect(text).toMatch(/Text since \d+ \w+ \d+, a number before\./);
    expect(text.indexOf('<code>boxes</code>')).toBeLessThan(text.indexOf('<code>note</code>'));
    expect(text.match(/a number before/g)).toHaveLength(1);
  });

  test('warns of a trait that changed its type, and says which segment relies on it', async () => {
    const { text } = await (await signedIn(EMAILS.admin)).get('/dictionary?kind=traits');
    expect(text).toMatch(/A number since \d+ \w+ \d+, text before\./);
    expect(text).toMatch(/<code>plan<\/code>[\s\S]*Big spenders of tea/);
  });

  test('finds a part of a name, and says when there is none', async () => {
    const admin = await signedIn(EMAILS.admin);
    const found = await admin.get('/dictionary?q=BREW');
    expect(found.text).toContain('tea_brewed');
    expect(found.text).not.toContain('also sent as');
    expect((await admin.get('/dictionary?q=%25')).text).toContain('No such name');
    expect((await admin.get('/dictionary?kind=nothing')).status).toBeGreaterThanOrEqual(400);
  });

  test('shows a viewer no address and no phone, also within a text', async () => {
    const viewer = await signedIn(EMAILS.viewer);
    const traits = await viewer.get('/dictionary?kind=traits');
    expect(traits.status).toBe(200);
    expect(traits.text).not.toContain('ida@example.com');
    const properties = await viewer.get('/dictionary?kind=properties');
    expect(properties.text).toContain('call');
    expect(properties.text).not.toContain('ida@example.com');
    expect(properties.text).not.toContain('1234567');
    expect((await (await signedIn(EMAILS.marketer)).get('/dictionary?kind=traits')).text).toContain(
      'ida@example.com',
    );
  });

  test('asks to sign in, and shows nothing of another business', async () => {
    expect((await new Visitor(url).get('/dictionary')).status).toBe(303);
    const other = await (await signedIn(EMAILS.other)).get('/dictionary');
    expect(other.text).not.toContain('order_placed</code></th>');
    expect(other.text).not.toContain('tea_brewed');
  });
});
