import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import type { Insights } from '../../src/flow/segment/insights.ts';
import { updateSegment } from '../../src/flow/segment/segments.ts';
import { findDifferences } from '../../src/reports/segment-differences.ts';
import { renewInsights } from '../../src/tasks/insights.ts';
import { insightsModel } from '../../src/web/models/segment-insights.ts';
import { openPages } from './pages-cast.ts';
import { fillShop, GOLD, makeSegment, useSegment, wordsOf } from './segments-cast.ts';
import { Visitor } from './visitor.ts';

const { cast, databases, get, post, url, visitors } = await openPages();
const HIGH = '/segments/library-high-spenders';

beforeAll(async () => {
  await fillShop(databases.database, cast.workspaceId);
});

describe('the insights of a segment', () => {
  test('come with the night, or when somebody who may asks for them', async () => {
    const before = await get('marketer', `${HIGH}/insights`);
    expect(wordsOf(before)).toContain('It has not been done for this segment yet.');
    expect(before.text).toContain('Work it out now');
    expect((await get('viewer', `${HIGH}/insights`)).text).not.toContain('Work it out now');
    const asked = await post('marketer', `${HIGH}/insights`);
    expect(asked).toMatchObject({ status: 303, headers: { location: `${HIGH}/insights` } });
    const shown = wordsOf(await get('viewer', `${HIGH}/insights`));
    expect(shown).toMatch(/Of \d+ things? compared, /);
    expect(shown).toContain('were held against the');
    expect(shown).toContain('Net revenue a person');
  });

  test('say in which other segments these people are, and which are nearly the same', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'buyers', {
      fact: 'orders',
      op: 'gte',
      value: 1,
    });
    await makeSegment(databases.database, cast.workspaceId, 'payers', {
      all: [
        { fact: 'orders', op: 'gte', value: 1 },
        { fact: 'net_revenue', op: 'gte', value: 0 },
      ],
    });
    await post('marketer', '/refreshes');
    for (const key of ['buyers', 'payers']) await renewInsights(databases.database, cast.workspaceId, key);
    const shown = wordsOf(await get('viewer', '/segments/buyers/insights'));
    expect(shown).toContain('The payers ones nearly the same people 2,357 100% 100% 1.00');
    const list = wordsOf(await get('viewer', '/segments'));
    expect(list).toContain('Needs attention');
    expect(list).toContain('Nearly the same people as “The payers ones” (alike 1.00).');
    // Everybody of this old log is dormant too: three segments, three pairs, each told once.
    expect(list.match(/Nearly the same people as “[^”]+” \(alike 1\.00\)/g)).toHaveLength(3);
    expect(wordsOf(await get('viewer', '/segments/payers'))).toContain(
      'Nearly the same people as “The buyers ones”',
    );
  });

  test('say that more stood out than stand there', () => {
    const sample = { members: 500, others: 500, lookedAtMembers: 500, lookedAtOthers: 500 };
    const verdict = (things: number) => {
      const thing = { group: 'trait' as const, name: 'likes', drawn: 310 };
      const held = Array.from({ length: things }, (_, n) => ({ ...thing, value: `${n}`, members: 300 }));
      const everyones = held.map((one) => ({ ...one, members: 0 }));
      const found = { ...findDifferences(held, everyones, sample), sample, asOf: new Date(0), overlaps: [] };
      const scope = { key: 'x', zone: 'UTC', sources: new Map(), inRule: new Set<string>() };
      return insightsModel(found as unknown as Insights, scope).verdict;
    };
    expect(verdict(15)).toContain('Of 15 things compared, these 15 stand out;');
    expect(verdict(30)).toContain('30 stand out, of which these are the strongest;');
    expect(verdict(100)).toContain('60 or more stand out, of which these are the strongest;');
  });

  test('say so where there are too few people to tell', async () => {
    await renewInsights(databases.database, cast.workspaceId, 'gold');
    expect(wordsOf(await get('viewer', '/segments/gold/insights'))).toContain('Too few people on one side');
  });
});

describe('the movement of a segment', () => {
  test('is told by day and by where people came from, and first counts are none', async () => {
    expect(wordsOf(await get('viewer', '/segments/gold/movement'))).toContain('Nobody entered or left');
    await rowsOf(
      databases.database.db,
      sql`update profile_traits set traits = traits || '{"plan": "gold"}'
           where workspace_id = ${cast.workspaceId} and traits ->> 'plan' = 'silver' returning profile_id`,
    );
    await rowsOf(
      databases.database.db,
      sql`insert into changed_profiles (workspace_id, profile_id)
          select workspace_id, profile_id from profile_traits where workspace_id = ${cast.workspaceId} returning seq`,
    );
    await post('marketer', '/refreshes');
    const shown = await get('viewer', '/segments/gold/movement?days=90&by=lifecycle');
    expect(wordsOf(shown)).toMatch(/1 entry, 0 leavings since .* As of \d+ \w+ \d{4}, \d\d:\d\d\./);
    expect(shown.text).toMatch(/<title>No order, [a-z ]+ to The gold ones: 1<\/title>/);
    expect(wordsOf(shown)).toContain('Nobody left.');
  });

  test('knows the spans and families it offers, and no others', async () => {
    for (const asked of ['days=30', 'days=90&by=rfm', 'by=lifecycle'])
      expect((await get('viewer', `/segments/gold/movement?${asked}`)).status, asked).toBe(200);
    for (const bad of ['days=31', 'by=moon', 'x=1'])
      expect((await get('viewer', `/segments/gold/movement?${bad}`)).status, bad).toBe(400);
    expect((await get('viewer', '/segments/rfm-champions/movement')).text).not.toContain('by=lifecycle"');
  });
});

describe('the RFM map', () => {
  test('holds every buyer once, in tiles and in groups, with its cut points', async () => {
    const shown = await get('viewer', '/segments/rfm');
    const tiles = [...shown.text.matchAll(/class="tile-figure">([\d,]+)</g)].map(([, n]) =>
      Number(n!.replace(',', '')),
    );
    expect(tiles).toHaveLength(25);
    expect(tiles.reduce((sum, n) => sum + n, 0)).toBe(2_357);
    expect(wordsOf(shown)).toContain('Champions R4–5 F4–5 M4–5');
    expect(wordsOf(shown)).toContain('Score R: last order F: orders M: net revenue 5 up to');
    expect((await get('viewer', '/segments/rfm?by=money')).text).toMatch(/class="tile-figure">€/);
    expect((await get('viewer', '/segments/rfm?by=luck')).status).toBe(400);
  });

  test('says why where there is none', async () => {
    expect(wordsOf(await get('other', '/segments/rfm'))).toContain('Nobody has been scored yet');
  });
});

test('the limits of the lifecycle stand in a chart of the gaps they come from', async () => {
  const shown = await get('viewer', '/segments/lifecycle');
  expect(shown.text).toContain('Days from the first order to the second');
  expect(shown.text).toMatch(/class="chart-mark"/);
  const [row] = await rowsOf<{ gaps: string; counted: string }>(
    databases.database.db,
    sql`select (s.limits -> 1 ->> 'gaps') as gaps,
               (select sum((g ->> 1)::int) from jsonb_array_elements(s.gap_days -> '1') g) as counted
          from scorings s where s.workspace_id = ${cast.workspaceId} order by as_of desc limit 1`,
  );
  expect(Number(row?.gaps)).toBeGreaterThan(1_000);
  expect(row?.counted).toBe(row?.gaps);
});

describe('browsing segments', () => {
  test('is by kind, in five orders, and the maps are a line each', async () => {
    const all = await get('viewer', '/segments');
    expect(wordsOf(all)).toContain('Lifecycle grid');
    expect(wordsOf(all)).toContain('11 groups');
    const rfm = await get('viewer', '/segments?kind=rfm&sort=name');
    const names = [...rfm.text.matchAll(/href="\/segments\/rfm-[a-z-]+">([^<]+)</g)].map(([, name]) => name!);
    expect(names).toHaveLength(11);
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en')));
    for (const sort of ['size', 'change', 'revenue', 'fresh'])
      expect((await get('viewer', `/segments?sort=${sort}`)).status, sort).toBe(200);
    const narrow = /in-place-of-heads.*?<\/ul>/s.exec(all.text)![0];
    expect([...narrow.matchAll(/href="([^"]+)"/g)].map(([, href]) => href)).toEqual([
      '/segments?sort=name',
      '/segments?sort=change',
      '/segments?sort=revenue',
      '/segments?sort=fresh',
    ]);
    for (const bad of ['sort=luck', 'kind=nice'])
      expect((await get('viewer', `/segments?${bad}`)).status, bad).toBe(400);
  });
});

describe('the revenue of the list', () => {
  test('is told with whose it is where other people are in by now', async () => {
    const { database } = databases;
    const orders = (value: number) => ({ fact: 'orders', op: 'gte', value });
    const row = async () => wordsOf(await get('viewer', '/segments?q=regular'));
    await makeSegment(database, cast.workspaceId, 'regular', orders(15));
    await post('marketer', '/refreshes');
    await renewInsights(database, cast.workspaceId, 'regular');
    expect(await row()).not.toContain('people then');
    await withWorkspace(database, cast.workspaceId, async ({ db, workspace }) => {
      await updateSegment(db, workspace, 'regular', { definition: orders(5) });
    });
    await post('marketer', '/refreshes');
    expect(await row()).toMatch(/€[\d,]+ of \d+ people then/);
    expect(await row()).toContain('as it was worked out last night, of those who were in then');
  });
});

describe('the library', () => {
  test('says who, why and what to try, and what an entry without its data needs', async () => {
    const shown = wordsOf(await get('viewer', '/segments/library'));
    expect(shown).toContain('The fifth of buyers with the highest net revenue.');
    expect(shown).toContain('Needs events that never came: trial_started.');
    expect(shown).toContain('Needs predictions of who will buy');
    expect((await get('viewer', '/segments/library')).text).not.toContain('/switches');
  });

  test('switches an entry off and on again, and both are in the audit log', async () => {
    expect((await post('marketer', `${HIGH}/switches`, { to: 'off' })).status).toBe(303);
    expect((await get('viewer', '/segments')).text).not.toContain(`href="${HIGH}"`);
    await post('marketer', '/refreshes');
    expect((await post('marketer', `${HIGH}/switches`, { to: 'on' })).status).toBe(303);
    await post('marketer', '/refreshes');
    expect((await get('viewer', '/segments')).text).toContain(`href="${HIGH}"`);
    const present = await rowsOf<{ people: string; size: string }>(
      databases.database.db,
      sql`select (select count(*) from memberships m where m.workspace_id = s.workspace_id and m.segment_key = s.key
                     and m.left_at is null) as people, s.size
            from segments s where s.workspace_id = ${cast.workspaceId} and s.key = 'library-high-spenders'`,
    );
    expect(Number(present[0]?.people)).toBeGreaterThan(400);
    expect(present[0]?.size).toBe(present[0]?.people);
    const entries = await rowsOf<{ action: string }>(
      databases.database.db,
      sql`select action from audit_entries where subject = 'library-high-spenders' order by at`,
    );
    expect(entries.map(({ action }) => action)).toEqual(['segment.switched-off', 'segment.switched-on']);
  });

  test('keeps an entry on while something relies on it, and switches nothing else', async () => {
    await useSegment(databases.database, cast.workspaceId, 'library-dormant');
    const kept = await post('marketer', '/segments/library-dormant/switches', { to: 'off' });
    expect(kept.status).toBe(409);
    expect(wordsOf(kept)).toContain('Campaign: June letter Destination: Gold list Back to the segment');
    await makeSegment(databases.database, cast.workspaceId, 'naming', {
      all: [{ segment: 'library-full-price-buyers', is: 'in' }],
    });
    expect(
      (await post('marketer', '/segments/library-full-price-buyers/switches', { to: 'off' })).status,
    ).toBe(409);
    expect((await post('marketer', '/segments/gold/switches', { to: 'off' })).status).toBe(409);
    expect((await post('marketer', `${HIGH}/switches`, { to: 'sideways' })).status).toBe(422);
  });
});

describe('the ladder', () => {
  const pages = [
    `${HIGH}/insights`,
    `${HIGH}/movement`,
    '/segments/rfm',
    '/segments/library',
    '/segments/lifecycle',
  ];

  test('asks strangers to sign in', async () => {
    const stranger = new Visitor(url);
    for (const path of pages) expect((await stranger.get(path)).headers.location, path).toContain('/login');
  });

  test('lets a viewer look and change nothing', async () => {
    for (const path of pages) expect((await get('viewer', path)).status, path).toBe(200);
    expect((await post('viewer', `${HIGH}/insights`)).status).toBe(403);
    expect((await post('viewer', `${HIGH}/switches`, { to: 'off' })).status).toBe(403);
    expect((await visitors.marketer.postAs(`${HIGH}/switches`, { to: 'off' })).status).toBe(403);
  });

  test('hides what belongs to another business, and survives a key that is none', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'hidden', GOLD);
    for (const part of ['insights', 'movement']) {
      expect((await get('other', `/segments/hidden/${part}`)).status, part).toBe(404);
      for (const key of ['x', "'; drop table segments; --", 'ö', 'x'.repeat(190)])
        expect((await get('marketer', `/segments/${encodeURIComponent(key)}/${part}`)).status, key).toBe(404);
    }
    expect((await post('other', '/segments/hidden/insights')).status).toBe(404);
    expect((await post('other', '/segments/hidden/switches', { to: 'off' })).status).toBe(404);
    expect(wordsOf(await get('other', '/segments/rfm'))).not.toContain('Champions');
  });
});
