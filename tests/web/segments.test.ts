import { parse as parseCsv } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/db/pool.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { FORMULA, fillShop, GOLD, makeSegment } from './segments-cast.ts';
import { type Answer, Visitor } from './visitor.ts';

type Who = keyof typeof EMAILS;
let databases: TestDatabase;
let cast: Cast;
let url: string;
let ada: string;
let alan: string;
const visitors = {} as Record<Who, Visitor>;

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  ({ ada, alan } = await fillShop(databases.database, cast.workspaceId));
  for (const who of ['viewer', 'marketer', 'admin', 'other'] as const) {
    visitors[who] = new Visitor(url);
    await visitors[who].signIn(EMAILS[who], PASSWORD);
  }
});

const get = async (who: Who, path: string) => await visitors[who].get(path);
const post = async (who: Who, path: string, fields: Record<string, string> = {}) =>
  await visitors[who].post(path, fields, '/account');
/** What a reader sees: tags and folded spaces gone. */
const wordsOf = ({ text }: Answer) => text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
/** The page without what is drawn anew for each answer. */
const sameFor = ({ text }: Answer) =>
  text
    .replaceAll(/nonce="[^"]*"/g, '')
    .replaceAll(/value="[^"]*"/g, '')
    .replaceAll(/<code>[^<]*<\/code>/g, '');
const actionsOf = ({ text }: Answer) =>
  [...text.matchAll(/name="action" value="([^"]+)"/g)].map(([, one]) => one);

/** The fields of the builder with one condition. */
const rule = (plan: string, more: Record<string, string> = {}) => ({
  'r.mode': 'all',
  'r.0.kind': 'trait',
  'r.0.name': 'plan',
  'r.0.op': 'eq',
  'r.0.value': plan,
  ...more,
});
const form = (name: string, plan: string, more: Record<string, string> = {}) => ({
  key: '',
  isEdit: 'no',
  name,
  ...rule(plan, more),
});

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
    expect(shown.text).toContain('/segments/rfm-champions');
    expect(wordsOf(shown)).toContain('The gold ones Own 2 0.1%');
  });

  test('is searched by name, and says so when nothing has it', async () => {
    expect((await get('viewer', '/segments?q=GOLD')).text).toContain('href="/segments/gold"');
    expect((await get('viewer', '/segments?q=zebra')).text).toContain('No segment has this in its name');
    expect((await get('viewer', '/segments?sort=size')).status).toBe(400);
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

describe('the builder', () => {
  test('opens with one condition, no count and no complaint', async () => {
    const opened = await get('marketer', '/segments/new');
    expect(opened.status).toBe(200);
    expect(opened.text).toContain('name="r.0.kind"');
    expect(opened.text).toContain('Press “Count”');
    expect(opened.text).not.toContain('role="alert"');
    expect(opened.text).toContain('<option value="plan">');
  });

  test('adds, groups and removes conditions and counts without scripts, and keeps every word', async () => {
    const press = async (action: string, more: Record<string, string> = {}) =>
      await post('marketer', '/segments/previews', { ...form('Gold diggers', 'gold', more), action });
    const added = await press('add r');
    expect(added.text).toContain('name="r.1.kind"');
    expect(added.text).toContain('value="Gold diggers"');
    const grouped = await press('group r');
    expect(grouped.text).toContain('name="r.1.mode"');
    expect(actionsOf(grouped)).toContain('add r.1');
    const removed = await press('remove r.0', { 'r.1.kind': 'trait', 'r.1.name': 'tea', 'r.1.op': 'set' });
    expect(removed.text).toContain('value="tea"');
    expect(removed.text).not.toContain('name="r.1.kind"');
    const bought = { 'r.0.kind': 'event', 'r.0.name': 'order_placed' };
    const asked = await press('where r.0', bought);
    expect(asked.text).toContain('name="r.0.where.0.property"');
    const where = {
      ...bought,
      'r.0.where.0.property': 'product',
      'r.0.where.0.op': 'eq',
      'r.0.where.0.value': 'oolong',
    };
    expect((await press('unwhere r.0.0', where)).text).not.toContain('oolong');
    const counted = await press('count r');
    expect(wordsOf(counted)).toContain('2 people 0.1% of 2,360');
    expect(counted.text).toContain('Grace Hopper');
    expect(await get('marketer', '/segments/gold-diggers')).toMatchObject({ status: 404 });
  });

  test('gives a script only the part it asks for', async () => {
    const ask = async (fields: Record<string, string>) =>
      await visitors.marketer.postAs(
        '/segments/previews',
        { ...form('', 'gold'), ...fields, _csrf: await visitors.marketer.token('/account') },
        { 'x-requested-with': 'XMLHttpRequest' },
      );
    const preview = await ask({ part: 'preview', action: 'count r' });
    expect(preview.text).toContain('2 people');
    expect(preview.text).not.toContain('<html');
    expect(preview.text).not.toContain('r.0.kind');
    const builder = await ask({ part: 'builder', action: 'add r' });
    expect(builder.text).toContain('name="r.1.kind"');
    expect(builder.text).not.toContain('<html');
  });

  test.each([
    ['an unknown kind', { 'r.0.kind': 'horoscope' }],
    ['a kind every object has', { 'r.0.kind': '__proto__' }],
    ['another of those', { 'r.0.kind': 'constructor' }],
    ['an unknown comparison', { 'r.0.op': 'toString' }],
    ['a fact there is not', { 'r.0.kind': 'fact', 'r.0.name': 'valueOf' }],
    [
      'a window without end',
      { 'r.0.kind': 'event', 'r.0.name': 'x', 'r.0.window': 'last', 'r.0.w1': '9e99d' },
    ],
    ['a number that is none', { 'r.0.kind': 'event', 'r.0.name': 'x', 'r.0.n': 'many' }],
    ['JSON that is none', { 'r.0.kind': 'json', 'r.0.json': '{"all":[' }],
    ['JSON of another kind', { 'r.0.kind': 'json', 'r.0.json': '[1,2]' }],
    ['a rule too deep', { 'r.0.kind': 'json', 'r.0.json': `${'{"all":['.repeat(60)}${']}'.repeat(60)}` }],
    ['itself', { 'r.0.kind': 'segment', 'r.0.name': 'nobody-knows' }],
    ['too few of a group', { 'r.mode': 'atLeast', 'r.least': 'some' }],
  ])('says what is wrong with %s, beside what was typed', async (_name, broken) => {
    const counted = await post('marketer', '/segments/previews', {
      ...form('Kept words', 'gold', broken),
      action: 'count r',
    });
    expect(counted.status).toBe(200);
    expect(counted.text).toContain('Not a whole rule yet');
    const refused = await post('marketer', '/segments', form('Kept words', 'gold', broken));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('role="alert"');
    expect(refused.text).toContain('value="Kept words"');
  });
});

describe('a segment of one’s own', () => {
  test('is made, found, changed and removed, and each is in the audit log', async () => {
    const made = await post('marketer', '/segments', form('Tea & gold, lately', 'gold'));
    expect(made).toMatchObject({ status: 303, headers: { location: '/segments/tea-gold-lately' } });
    expect(wordsOf(await get('marketer', '/segments/tea-gold-lately'))).toContain('Tea &amp; gold, lately');
    const edit = await get('marketer', '/segments/tea-gold-lately/edit');
    expect(edit.text).toContain('value="gold"');
    const saved = await post('marketer', '/segments/tea-gold-lately', form('Renamed', 'silver'));
    expect(saved.status).toBe(303);
    await post('marketer', '/refreshes');
    const shown = wordsOf(await get('marketer', '/segments/tea-gold-lately'));
    expect(shown).toContain('Renamed');
    expect(shown).toContain('Alan Turing');
    expect((await post('marketer', '/segments/tea-gold-lately/removals')).status).toBe(303);
    expect((await get('marketer', '/segments/tea-gold-lately')).status).toBe(404);
    const entries = await rowsOf<{ action: string }>(
      databases.database.db,
      sql`select action from audit_entries where subject = 'tea-gold-lately' order by at`,
    );
    expect(entries.map(({ action }) => action)).toEqual([
      'segment.created',
      'segment.changed',
      'segment.removed',
    ]);
  });

  test('needs a name that is not taken, and comes back with every word when it has none', async () => {
    const nameless = await post('marketer', '/segments', form('  ', 'platinum'));
    expect(nameless.status).toBe(422);
    expect(nameless.text).toContain('Give the segment a name.');
    expect(nameless.text).toContain('value="platinum"');
    const taken = await post('marketer', '/segments', form('Gold', 'platinum'));
    expect(taken.status).toBe(422);
    expect(taken.text).toContain('value="platinum"');
    const reserved = await post('marketer', '/segments', form('RFM champions', 'platinum'));
    expect(reserved.status).toBe(422);
    const edited = await post('marketer', '/segments/gold', { ...form('', 'platinum'), isEdit: 'yes' });
    expect(edited.status).toBe(422);
    expect(edited.text).toContain('action="/segments/gold"');
  });

  test('may be named in any script, more than one of them', async () => {
    for (const name of ['お茶が好き', 'Любители чая']) {
      const made = await post('marketer', '/segments', form(name, 'gold'));
      expect(made.status, name).toBe(303);
      expect((await get('marketer', made.headers.location!)).text).toContain(name);
    }
  });

  test('never names itself in a circle', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'circle', GOLD);
    const fields = { 'r.mode': 'all', 'r.0.kind': 'segment', 'r.0.name': 'circle', 'r.0.is': 'in' };
    const refused = await post('marketer', '/segments/circle', {
      key: '',
      isEdit: 'yes',
      name: 'Circle',
      ...fields,
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('circle');
  });

  test('stays while another relies on it, and automatic ones stay as they are', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'relied-on', GOLD);
    await makeSegment(databases.database, cast.workspaceId, 'relying', {
      all: [{ segment: 'relied-on', is: 'in' }],
    });
    const kept = await post('marketer', '/segments/relied-on/removals');
    expect(kept.status).toBe(409);
    expect(kept.text).toContain('The relying ones');
    expect((await post('marketer', '/segments/rfm-champions/removals')).status).toBe(409);
    expect((await post('marketer', '/segments/rfm-champions', form('Mine', 'gold'))).status).toBe(422);
    const shown = await get('marketer', '/segments/rfm-champions');
    expect(shown.text).not.toContain('Remove the segment');
    expect(shown.text).not.toContain('/segments/rfm-champions/edit');
  });

  test('shows who is in, now and on any day', async () => {
    const shown = wordsOf(await get('marketer', '/segments/gold'));
    expect(shown).toContain('Grace Hopper');
    expect(shown).toContain('grace@mail.example');
    expect(shown).not.toContain('Alan Turing');
    const before = await get('marketer', '/segments/gold?asOf=2020-01-01');
    expect(before.text).toContain('Nobody was in on that day.');
    expect((await get('marketer', '/segments/gold?asOf=')).status).toBe(200);
    for (const bad of ['asOf=yesterday', 'asOf=2026-02-30', 'page=2'])
      expect((await get('marketer', `/segments/gold?${bad}`)).status, bad).toBe(400);
    for (const bad of ['nothing', '2026-01-01_x', '_', `${ada}_2026-01-01`])
      expect((await get('marketer', `/segments/gold?after=${bad}`)).status, bad).toBe(404);
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

  test('is not told of nobody', async () => {
    for (const id of ['nonsense', '0190a7e0-0000-7000-8000-000000000000'])
      expect((await get('viewer', `/segments/gold/why/${id}`)).status, id).toBe(404);
  });
});

describe('the limits of the lifecycle', () => {
  const set = async (fields: Record<string, string>) =>
    await post('marketer', '/segments/lifecycle', {
      row: '1',
      activeDays: '40',
      atRiskDays: '80',
      use: 'own',
      ...fields,
    });

  test('are the measured ones, until somebody knows better, and again when taken back', async () => {
    const measured = wordsOf(await get('viewer', '/segments/lifecycle'));
    expect(measured).toContain('percentile of');
    expect(measured).not.toContain('set by hand');
    expect((await set({})).status).toBe(303);
    expect(wordsOf(await get('viewer', '/segments/lifecycle'))).toContain(
      'Active up to 40 days, at risk up to 80 days: set by hand',
    );
    expect((await set({ use: 'measured' })).status).toBe(303);
    const again = wordsOf(await get('viewer', '/segments/lifecycle'));
    expect(again).not.toContain('set by hand');
  });

  test.each([
    ['words', { activeDays: 'forty' }, 'Write whole days'],
    ['nothing', { activeDays: '' }, 'Write whole days'],
    ['fractions', { activeDays: '1.5' }, 'Write whole days'],
    ['more than ten years', { activeDays: '99999' }, 'Write whole days'],
    ['an end before its beginning', { activeDays: '80', atRiskDays: '40' }, 'At risk has to end after'],
  ])('are never %s', async (_name, fields, says) => {
    const refused = await set(fields);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(says);
    expect(refused.text).toContain(`value="${fields.activeDays}"`);
    expect((await get('viewer', '/segments/lifecycle')).text).not.toContain('set by hand');
  });

  test('belong to a row there is, and show nothing before the first scoring', async () => {
    expect((await set({ row: '7' })).status).toBe(422);
    expect((await set({ use: 'guessed' })).status).toBe(422);
    expect((await get('other', '/segments/lifecycle')).text).toContain('No scoring yet');
    const shown = await get('viewer', '/segments/lifecycle');
    expect(shown.text).not.toContain('Use these');
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
      expect((await post('viewer', path, form('Mine', 'gold'))).status, path).toBe(403);
    const shown = await get('viewer', '/segments/gold');
    expect(shown.text).not.toContain('Remove the segment');
    expect((await get('viewer', '/segments')).text).not.toContain('Count now');
  });

  test('takes no form without its token', async () => {
    for (const path of forms)
      expect((await visitors.marketer.postAs(path, form('Mine', 'gold'))).status, path).toBe(403);
  });

  test('hides what belongs to another business, byte for byte as if it were not there', async () => {
    for (const part of ['', '/edit', '/members.csv', `/why/${ada}`]) {
      const foreign = await get('other', `/segments/gold${part}`);
      const missing = await get('other', `/segments/zinc${part}`);
      expect(foreign.status, part).toBe(404);
      expect(sameFor(foreign), part).toBe(sameFor(missing));
    }
    for (const path of ['/segments/gold', '/segments/gold/removals']) {
      const fields = path.endsWith('removals') ? {} : form('Mine', 'gold');
      expect((await post('other', path, fields)).status, path).toBe(404);
    }
    const counted = await post('other', '/segments/previews', { ...form('', 'gold'), action: 'count r' });
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
