import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { storeAggregates } from '../../src/flow/collect/aggregates.ts';
import { findSourceByKey } from '../../src/flow/collect/sources.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { createUser } from '../../src/staff/users.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { hear } from './people/people-cast.ts';
import { makeSegment, wordsOf } from './segments-cast.ts';
import { type Answer, Visitor } from './visitor.ts';

/** Also somebody who only reads, in the business without data. */
const PEOPLE = { ...EMAILS, reader: 'rita@other.example' };
type Who = keyof typeof PEOPLE;
let databases: TestDatabase;
let cast: Cast;
let url: string;
let csvSource: string;
const visitors = {} as Record<Who, Visitor>;
const ROLES = ['viewer', 'marketer', 'admin'] as const;
const REASON = 'The shop answered with a web page instead of data.';

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const order = (userId: string, days: number, value: number) => ({
  at: daysAgo(days),
  userId,
  event: 'order_placed',
  properties: { value, order_id: `${userId}-${days}`, currency: 'EUR' },
});

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  const reader = { email: PEOPLE.reader, name: 'Rita', password: PASSWORD };
  await createUser(databases.database, { ...reader, workspaceId: cast.otherId, role: 'viewer' });
  for (const who of ['viewer', 'marketer', 'admin', 'other', 'reader'] as const) {
    visitors[who] = new Visitor(url);
    await visitors[who].signIn(PEOPLE[who], PASSWORD);
  }
  await hear(databases.database, cast.workspaceId, [
    { at: daysAgo(45), userId: 'ada', traits: { email: 'ada@mail.example', name: 'Ada' } },
    order('ada', 40, 50),
    order('ada', 2, 40),
    order('grace', 1, 60),
  ]);
  await makeSegment(databases.database, cast.workspaceId, 'loyal', {
    all: [{ fact: 'orders', op: 'gte', value: 2 }],
  });
  await refreshWorkspace(databases.database, cast.workspaceId, { trigger: 'test', full: true });
  await withWorkspace(databases.database, cast.workspaceId, async ({ db }) => {
    csvSource = (await findSourceByKey(db, cast.workspaceId, 'csv'))!.id;
    await storeAggregates(db, cast.workspaceId, [
      spend('Spring', 'EUR', '12.50'),
      spend('Overseas', 'USD', '30.00'),
    ]);
  });
});

function spend(campaign: string, currency: string, cost: string) {
  const day = daysAgo(1).slice(0, 10);
  const figures = { impressions: 1_000, clicks: 25, channel: 'meta', currency, cost };
  const record = { type: 'spend', key: campaign, day, campaign, campaignId: campaign, ...figures } as const;
  return { sourceId: csvSource, record };
}

async function finishRun(status: 'failed' | 'succeeded'): Promise<void> {
  const message = status === 'failed' ? REASON : null;
  await databases.database.db.execute(sql`
    insert into sync_runs (workspace_id, id, source_id, trigger, status, message, started_at, heartbeat_at, finished_at)
    values (${cast.workspaceId}, ${newId()}, ${csvSource}, 'schedule', ${status}, ${message}, ${new Date().toISOString()},
            ${new Date().toISOString()}, ${new Date().toISOString()})`);
}

const get = async (who: Who, path: string) => await visitors[who].get(path);
/** Where the page itself leads, without the frame around it. */
const linksOf = ({ text }: Answer) =>
  new Set(
    [...text.slice(text.indexOf('id="content"')).matchAll(/href="(\/[^"#]*)"/g)].map(([, href]) => href!),
  );

async function expectOpenLinks(who: Who, path: string): Promise<void> {
  const page = await get(who, path);
  for (const href of linksOf(page)) expect((await get(who, href)).status, `${who} ${href}`).toBeLessThan(400);
}

describe('home', () => {
  test('asks a stranger to sign in', async () => {
    for (const path of ['/', '/reports'])
      expect((await new Visitor(url).get(path)).headers.location, path).toContain('/login');
  });

  test('says what to do first where nobody is known yet', async () => {
    const shown = await get('other', '/');
    expect(shown.text).toContain('Nobody here yet');
    expect(shown.text).toContain('href="/sources/new"');
    expect(shown.text).toContain('Load the demo business');
    expect(wordsOf(shown)).toContain('0 of 5 done');
    expect(wordsOf(shown)).not.toContain('Net revenue');
    expect(shown.text).not.toContain('Ada');
  });

  test('shows the figures of thirty days beside the thirty before', async () => {
    const words = wordsOf(await get('viewer', '/'));
    expect(words).toContain('People 2');
    expect(words).toMatch(/Net revenue €100\.00 up \+100% [^%]*€50\.00 in the 30 days before/);
    expect(words).toMatch(/Orders 2 up \+100%/);
    expect(words).toMatch(/Average order €50\.00/);
    expect(words).toContain('Email open rate – nothing to compare with yet');
    expect(words).toContain('Meta ads €12.50 25');
    expect(words).toContain('Left out: 30.00 USD of spend in another currency.');
    expect(words).not.toContain('Nobody here yet');
  });

  test('counts what of the first hour is done', async () => {
    expect(wordsOf(await get('admin', '/'))).toContain('3 of 5 done');
    const sending = { fromName: 'Ada', fromEmail: 'ada@tea.example', postalAddress: 'Teestraße 1, Berlin' };
    await visitors.admin.post('/settings/sending', sending, '/settings');
    expect(wordsOf(await get('admin', '/'))).toContain('4 of 5 done');
  });

  test('says which source failed and why, until it has gone well', async () => {
    await finishRun('failed');
    const failed = await get('admin', '/');
    expect(wordsOf(failed)).toContain(`: ${REASON} See what happened`);
    expect(failed.text).toContain(`href="/sources/${csvSource}"`);
    expect((await get('marketer', '/')).text).not.toContain(`href="/sources/${csvSource}"`);
    expect(wordsOf(await get('marketer', '/'))).toContain(REASON);
    expect(wordsOf(await get('other', '/'))).not.toContain(REASON);
    await finishRun('succeeded');
    expect(wordsOf(await get('admin', '/'))).not.toContain(REASON);
  });

  test('leads nobody to where they may not go', async () => {
    for (const who of ROLES)
      for (const path of ['/', '/reports', '/segments', '/segments/loyal']) await expectOpenLinks(who, path);
    for (const who of ['other', 'reader'] as const) await expectOpenLinks(who, '/');
  });

  test('takes no question', async () => {
    expect((await get('viewer', '/?days=7')).status).toBe(400);
  });
});

describe('reports', () => {
  test('count over thirty, ninety or 365 days', async () => {
    expect(wordsOf(await get('viewer', '/reports'))).toContain('Net revenue €100.00');
    const ninety = wordsOf(await get('viewer', '/reports?days=90'));
    expect(ninety).toContain('Net revenue €150.00');
    expect(ninety).toContain('Orders 3');
    const year = await get('viewer', '/reports?days=365');
    expect(wordsOf(year)).toContain('against the 365 days before');
    expect(
      /aria-current="page">([^<]*)</.exec(year.text.slice(year.text.indexOf('aria-label="Period"')))?.[1],
    ).toBe('365 days');
  });

  test('show each campaign in the currency it was paid in', async () => {
    const words = wordsOf(await get('viewer', '/reports'));
    expect(words).toContain('Spring Meta ads €12.50 1,000 25 €0.50');
    expect(words).toContain('Overseas Meta ads $30.00 1,000 25 $1.20');
  });

  test('belong to one business', async () => {
    const words = wordsOf(await get('other', '/reports'));
    expect(words).toContain('Net revenue €0.00');
    expect(words).toContain('No ad spend in this time');
    expect(words).not.toContain('Spring');
  });

  test.each(['7', 'all', '', '30 or 1=1', '-30', '30.0'])('refuse %j days', async (days) => {
    expect((await get('viewer', `/reports?days=${encodeURIComponent(days)}`)).status).toBe(400);
  });

  test('refuse what is asked twice or not known', async () => {
    expect((await get('viewer', '/reports?days=30&days=90')).status).toBe(400);
    expect((await get('viewer', '/reports?months=3')).status).toBe(400);
  });
});
