import { parse as parseCsv } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { updateSegment } from '../../src/flow/segment/segments.ts';
import { openPages } from './pages-cast.ts';
import { FORMULA, fillShop, GOLD, makeSegment, ruleForm, useSegment, wordsOf } from './segments-cast.ts';
import { type Answer, Visitor } from './visitor.ts';

const { cast, databases, get, post, url, visitors } = await openPages();
let ada: string;
let alan: string;

beforeAll(async () => {
  ({ ada, alan } = await fillShop(databases.database, cast.workspaceId));
});

/** The page without what is drawn anew for each answer. */
const sameFor = ({ text }: Answer) =>
  text
    .replaceAll(/nonce="[^"]*"/g, '')
    .replaceAll(/value="[^"]*"/g, '')
    .replaceAll(/<code>[^<]*<\/code>/g, '');

describe('the list of segments', () => {
  test('shows the lifecycle grid and the RFM groups, which add up to everyone and to every buyer', async () => {
    const shown = await get('viewer', '/segments');
    expect(shown.status).toBe(200);
    const cells = [...shown.text.matchAll(/href="\/segments\/lifecycle-[^"]+">([\d,]+)</g)];
    const sizes = cells.map(([, size]) => Number(size!.replace(',', '')));
    expect(sizes).toHaveLength(12);
    expect(sizes.reduce((total, size) => total + size, 0)).toBe(2_360);
    const groups = await rowsOf<{ size: string }>(
      databases.database.db,
      sql`select sum(size) as size from segments where workspace_id = ${cast.workspaceId} and kind = 'rfm'`,
    );
    expect(groups[0]?.size).toBe('2357');
    expect(shown.text).toContain('href="/segments/rfm"');
    expect(wordsOf(shown)).toContain('The gold ones Own 2 0.1%');
    expect(wordsOf(shown)).toMatch(/Shares are of 2,360 people, as of \d+ \w+ \d{4}, \d\d:\d\d\./);
  });

  test('is searched by name, and says so when nothing has it', async () => {
    expect((await get('viewer', '/segments?q=GOLD')).text).toContain('href="/segments/gold"');
    expect((await get('viewer', '/segments?q=zebra')).text).toContain('No segment has this in its name');
    expect((await get('viewer', '/segments?sort=luck')).status).toBe(400);
  });

  test('says what a segment is where there is none yet', async () => {
    const empty = await get('other', '/segments');
    expect(empty.text).toContain('A segment is a rule about people');
    expect(empty.text).toContain('Not counted yet');
    expect(empty.text).not.toContain('gold');
  });

  test('is counted at the press of a button', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'silver', {
      all: [{ trait: 'plan', op: 'eq', value: 'silver' }],
    });
    expect(wordsOf(await get('marketer', '/segments'))).toContain('The silver ones Own not counted yet');
    const counted = await post('marketer', '/refreshes');
    expect(counted).toMatchObject({ status: 303, headers: { location: '/segments' } });
    expect(wordsOf(await get('marketer', '/segments'))).toContain('The silver ones Own 1 ');
  });
});

describe('a segment', () => {
  test('shows who is in, now and on any day', async () => {
    const shown = wordsOf(await get('marketer', '/segments/gold'));
    expect(shown).toContain('Grace Hopper');
    expect(shown).toContain('grace@mail.example');
    expect(shown).not.toContain('Alan Turing');
    const before = await get('marketer', '/segments/gold?asOf=2020-01-01');
    expect(before.text).toContain('The segment was first counted on');
    expect((await get('marketer', '/segments/gold?asOf=')).status).toBe(200);
    const future = await get('marketer', '/segments/gold?asOf=2999-01-01');
    expect([future.status, wordsOf(future).includes('Choose a day that has been')]).toEqual([400, true]);
    for (const bad of ['asOf=yesterday', 'asOf=2026-02-30', 'page=2'])
      expect((await get('marketer', `/segments/gold?${bad}`)).status, bad).toBe(400);
    for (const bad of ['nothing', '2026-01-01_x', '_', `${ada}_2026-01-01`])
      expect((await get('marketer', `/segments/gold?after=${bad}`)).status, bad).toBe(404);
  });

  test('says at its figures, its members and in the list that they are of the rule before an edit', async () => {
    const { database } = databases;
    await makeSegment(database, cast.workspaceId, 'tin', GOLD);
    const uncounted = wordsOf(await get('marketer', '/segments/tin'));
    expect(uncounted).toContain('People not counted yet Entered, 30 days – Left, 30 days – Net revenue – ');
    expect(uncounted).not.toContain('rule of before');
    await post('marketer', '/refreshes');
    const plan = { trait: 'plan', op: 'eq', value: 'silver' };
    await withWorkspace(database, cast.workspaceId, async ({ db, workspace }) => {
      await updateSegment(db, workspace, 'tin', { definition: { all: [plan] } });
    });
    const told = 'Counted by the rule of before; the new rule is counted within a minute.';
    expect(wordsOf(await get('marketer', '/segments/tin')).split(told)).toHaveLength(3);
    const listed = wordsOf(await get('marketer', '/segments?q=tin'));
    expect(listed).toContain(`The tin ones ${told} Own 2`);
    expect(listed).toContain('before the change');
    await post('marketer', '/refreshes');
    expect(wordsOf(await get('marketer', '/segments/tin'))).not.toContain('rule of before');
  });

  test('asks for another name where one is taken, and not for a key that no form has', async () => {
    await post('marketer', '/segments', ruleForm('Twice', 'gold'));
    const again = await post('marketer', '/segments', ruleForm('Twice', 'gold'));
    expect(again.status).toBe(422);
    expect(wordsOf(again)).toContain('There is or was a segment of this name. Choose another name.');
    expect(wordsOf(again)).not.toContain('key');
  });

  test('names what relies on it, with links for who may open them, and stays while a destination does', async () => {
    await useSegment(databases.database, cast.workspaceId, 'gold');
    const shown = await get('marketer', '/segments/gold');
    expect(shown.text).toMatch(/href="\/messages\/[^"]+">Campaign: June letter</);
    expect(shown.text).toMatch(/href="\/destinations\/[^"]+">Destination: Gold list</);
    const read = await get('viewer', '/segments/gold');
    expect(read.text).toContain('Destination: Gold list');
    expect(read.text).not.toContain('href="/destinations/');
    const kept = await post('marketer', '/segments/gold/removals');
    expect(kept.status).toBe(409);
    expect(kept.text).toContain('Gold list');
    const naming = { all: [{ segment: 'gold', is: 'in' }] };
    for (const key of ['first', 'second'])
      await makeSegment(databases.database, cast.workspaceId, key, naming);
    const all = await post('marketer', '/segments/gold/removals');
    expect(wordsOf(all)).toContain(
      'Destination: Gold list Segment: The first ones Segment: The second ones Back to the segment',
    );
    expect(all.text).toContain('href="/segments/gold">Back to the segment</a>');
  });

  test('is read page by page, nobody twice and nobody missing', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'buyers', {
      all: [{ fact: 'orders', op: 'gte', value: 10 }],
    });
    await post('marketer', '/refreshes');
    const seen: string[] = [];
    let path: string | undefined = '/segments/buyers';
    for (let pages = 0; path && pages < 20; pages += 1) {
      const { text } = await get('marketer', path);
      seen.push(...[...text.matchAll(/href="\/segments\/buyers\/why\/([^"]+)"/g)].map(([, id]) => id!));
      path = /href="(\/segments\/buyers\?after=[^"]+)"/.exec(text)?.[1];
    }
    const members = await rowsOf<{ id: string }>(
      databases.database.db,
      sql`select profile_id as id from memberships where workspace_id = ${cast.workspaceId} and segment_key = 'buyers' and left_at is null`,
    );
    expect(members.length).toBeGreaterThan(60);
    expect(seen.toSorted()).toEqual(members.map(({ id }) => id).toSorted());
  });
});

describe('members for a spreadsheet', () => {
  const read = ({ text }: Answer): string[][] => parseCsv(text.replace('\uFEFF', ''));

  test('come whole, and none of them runs as a formula', async () => {
    const answer = await get('marketer', '/segments/gold/members.csv');
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers['content-disposition']).toContain('gold.csv');
    const [header, ...rows] = read(answer);
    expect(header?.slice(0, 4)).toEqual(['Profile', 'Name', 'E-mail', 'Phone']);
    expect(rows.map((row) => row[1]).toSorted()).toEqual([`'${FORMULA}`, 'Grace Hopper']);
    const all = await get('marketer', '/segments/lifecycle-1-churned/members.csv');
    expect(read(all).length - 1).toBeGreaterThan(1_000);
  });

  test('show a viewer no address', async () => {
    const { text } = await get('viewer', '/segments/gold/members.csv');
    expect(text).not.toContain('@mail.example');
    expect(text).toContain('g•••@m•••.example');
    for (const path of ['/segments/gold', `/segments/gold/why/${ada}`])
      expect((await get('viewer', path)).text, path).not.toContain('@mail.example');
  });

  test('are those of a day, and of no day that is none', async () => {
    expect(read(await get('marketer', '/segments/gold/members.csv?asOf=2020-01-01'))).toHaveLength(1);
    expect((await get('marketer', '/segments/gold/members.csv?asOf=soon')).status).toBe(400);
  });
});

describe('why somebody is in', () => {
  test('is told with what proves it, and what it would take for who is not', async () => {
    const inside = wordsOf(await get('viewer', `/segments/gold/why/${ada}`));
    expect(inside).toContain('satisfies the rule of “The gold ones”');
    expect(inside).toContain('they have: gold');
    const outside = wordsOf(await get('viewer', `/segments/gold/why/${alan}`));
    expect(outside).toContain('does not satisfy');
    expect(outside).toContain('What it would take');
  });

  test('tells the scores behind an RFM group, and money in the currency of the business', async () => {
    const path = '/segments/rfm-champions';
    const [, outsider] = /\/why\/([0-9a-f-]{36})/.exec((await get('viewer', '/segments/rfm-lost')).text)!;
    const shown = wordsOf(await get('viewer', `${path}/why/${outsider}`));
    expect(shown).toMatch(/Recency: last order \d+ \w+ \d{4} [1-5] of 5 /);
    expect(shown).toMatch(/Frequency \d+ orders? [1-5] of 5 /);
    expect(shown).toMatch(/Money: net revenue €[\d,.]+ [1-5] of 5 .* 4: from €[\d,.]+; 5: from €[\d,.]+/);
    expect(wordsOf(await get('viewer', `/segments/gold/why/${ada}`))).not.toContain('RFM scores');
    await makeSegment(databases.database, cast.workspaceId, 'rich', {
      fact: 'net_revenue',
      op: 'gte',
      value: 9000.5,
    });
    const rich = wordsOf(await get('viewer', `/segments/rich/why/${ada}`));
    expect(rich).toContain('Net revenue is at least €9,000.50 they have: €0.00');
    expect(rich).toContain('one more order with value of €9,000.50');
  });

  test('is not told of nobody', async () => {
    for (const id of ['nonsense', '0190a7e0-0000-7000-8000-000000000000'])
      expect((await get('viewer', `/segments/gold/why/${id}`)).status, id).toBe(404);
  });
});

describe('the ladder', () => {
  const forms = [
    '/segments',
    '/segments/previews',
    '/segments/lifecycle',
    '/refreshes',
    '/segments/gold',
    '/segments/gold/removals',
  ];

  test('asks strangers to sign in', async () => {
    const stranger = new Visitor(url);
    for (const path of [
      '/segments',
      '/segments/new',
      '/segments/lifecycle',
      '/segments/gold',
      '/segments/gold/edit',
      '/segments/gold/members.csv',
      `/segments/gold/why/${ada}`,
    ])
      expect((await stranger.get(path)).headers.location, path).toContain('/login');
  });

  test('lets a viewer look and change nothing', async () => {
    for (const path of ['/segments/new', '/segments/gold/edit'])
      expect((await get('viewer', path)).status, path).toBe(403);
    for (const path of forms)
      expect((await post('viewer', path, ruleForm('Mine', 'gold'))).status, path).toBe(403);
    const shown = await get('viewer', '/segments/gold');
    expect(shown.text).not.toContain('Remove the segment');
    expect((await get('viewer', '/segments')).text).not.toContain('Count now');
  });

  test('takes no form without its token', async () => {
    for (const path of forms)
      expect((await visitors.marketer.postAs(path, ruleForm('Mine', 'gold'))).status, path).toBe(403);
  });

  test('hides what belongs to another business, byte for byte as if it were not there', async () => {
    for (const part of ['', '/edit', '/members.csv', `/why/${ada}`]) {
      const foreign = await get('other', `/segments/gold${part}`);
      const missing = await get('other', `/segments/zinc${part}`);
      expect(foreign.status, part).toBe(404);
      expect(sameFor(foreign), part).toBe(sameFor(missing));
    }
    for (const path of ['/segments/gold', '/segments/gold/removals']) {
      const fields = path.endsWith('removals') ? {} : ruleForm('Mine', 'gold');
      expect((await post('other', path, fields)).status, path).toBe(404);
    }
    const counted = await post('other', '/segments/previews', { ...ruleForm('', 'gold'), action: 'count r' });
    expect(wordsOf(counted)).toContain('0 people nobody is known yet');
    expect((await get('marketer', '/segments/gold')).status).toBe(200);
  });

  test('hides a person of another business behind a segment of one’s own', async () => {
    await makeSegment(databases.database, cast.otherId, 'everyone', { all: [] });
    expect((await get('other', `/segments/everyone/why/${ada}`)).status).toBe(404);
  });

  test('survives a key that is none', async () => {
    for (const key of ['x', "'; drop table segments; --", '../people', 'ö', '%', 'x'.repeat(190)])
      expect((await get('marketer', `/segments/${encodeURIComponent(key)}`)).status, key).toBe(404);
    expect((await get('marketer', '/segments/%00')).status).toBeLessThan(500);
    expect((await get('marketer', `/segments/${'x'.repeat(2_000)}`)).status).toBeLessThan(500);
  });
});
