import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { updateSegment } from '../../src/flow/segment/segments.ts';
import { openPages, type Who } from './pages-cast.ts';
import { hear } from './people/people-cast.ts';
import { GOLD, makeSegment, ruleForm, wordsOf } from './segments-cast.ts';
import { type Answer, Visitor } from './visitor.ts';

const { cast, databases, get, post, url, visitors } = await openPages({
  DATA_DIR: '/tmp/segments-by-hand-test',
});
let ada: string;
let bob: string;

beforeAll(async () => {
  await makeSegment(databases.database, cast.workspaceId, 'gold', GOLD);
  const said = (userId: string, name: string, plan: string) => ({
    at: '2026-01-05T10:00:00Z',
    userId,
    traits: { name, plan, email: `${userId}@mail.example` },
  });
  const find = await hear(databases.database, cast.workspaceId, [
    said('ada', 'Ada Lovelace', 'gold'),
    said('bob', 'Bob Builder', 'silver'),
    said('cyd', 'Cyd Charisse', 'silver'),
  ]);
  [ada, bob] = [await find('user_id', 'ada'), await find('user_id', 'bob')];
  await refresh();
});

const refresh = async () => await refreshWorkspace(databases.database, cast.workspaceId, { trigger: 'test' });

async function upload(key: string, content: string, fields: Record<string, string>, who: Who = 'marketer') {
  const visitor = visitors[who];
  const request = visitor.agent
    .post(`/segments/${key}/uploads`)
    .field('_csrf', await visitor.token('/account'));
  for (const [name, value] of Object.entries(fields)) request.field(name, value);
  return (await request.attach('file', Buffer.from(content), 'people.csv').redirects(0)) as Answer;
}

async function namesIn(key: string): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    databases.database.db,
    sql`select t.name from memberships m
          join profile_traits t on t.workspace_id = m.workspace_id and t.profile_id = m.profile_id
         where m.workspace_id = ${cast.workspaceId} and m.segment_key = ${key} and m.left_at is null order by 1`,
  );
  return rows.map(({ name }) => name);
}

describe('the segments of a person', () => {
  test('are told with the reason, and the nearest of the others with what it would take', async () => {
    const inside = wordsOf(await get('viewer', `/people/${ada}`));
    expect(inside).toContain('The gold ones since');
    expect(inside).toContain('plan is “gold” they have: gold');
    const outside = wordsOf(await get('viewer', `/people/${bob}`));
    expect(outside).toContain('Nearly in The gold ones would take plan: is “gold”');
  });
});

describe('a pinned example', () => {
  test('is made where it is told why, breaks on Home and on the segment, and goes at one click', async () => {
    const pinned = await post('marketer', '/segments/gold/pins', {
      profileId: bob,
      expected: 'in',
      note: 'our test buyer',
    });
    expect(pinned.headers.location).toBe(`/segments/gold/why/${bob}`);
    expect(wordsOf(await get('viewer', `/segments/gold/why/${bob}`))).toContain('Pinned: must be in');
    const board = wordsOf(await get('viewer', '/'));
    expect(board).toContain('The gold ones : a pinned example is broken.');
    expect(wordsOf(await get('viewer', '/segments/gold'))).toContain('a pinned example is broken. See which');
    const shown = wordsOf(await get('marketer', '/segments/gold/by-hand'));
    expect(shown).toContain('Bob Builder must be in broken since');
    expect(shown).toContain('is not in; it would take plan: is “gold”');
    expect(shown).toContain('Mona Writes');
    expect(shown).toContain('our test buyer');
    expect((await post('marketer', `/segments/gold/pins/${bob}/removals`)).status).toBe(303);
    expect((await post('marketer', `/segments/gold/pins/${bob}/removals`)).status).toBe(404);
    expect(wordsOf(await get('viewer', '/'))).not.toContain('is broken');
    const log = wordsOf(await get('admin', '/settings/audit'));
    expect(log).toContain('Pinned an example');
    expect(log).toContain('Removed a pinned example');
  });
});

describe('a pin of a rule that was edited', () => {
  test('is held against the result of the new rule only, and never against itself', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'bronze', GOLD);
    await refresh();
    await post('marketer', '/segments/bronze/pins', { profileId: ada, expected: 'out' });
    const byHand = async () => wordsOf(await get('viewer', '/segments/bronze/by-hand'));
    expect(await byHand()).toMatch(/Ada Lovelace must not be in broken since [^.]* is in since/);
    await withWorkspace(databases.database, cast.workspaceId, async ({ db, workspace }) => {
      const definition = { all: [{ trait: 'plan', op: 'eq', value: 'silver' }] };
      await updateSegment(db, workspace, 'bronze', { definition });
    });
    expect(await byHand()).toContain('Ada Lovelace must not be in compared with the next count');
    expect(wordsOf(await get('viewer', `/segments/bronze/why/${ada}`))).toContain(
      'Pinned: must not be in. compared with the next count',
    );
    expect(wordsOf(await get('viewer', '/'))).not.toContain('The bronze ones : a pinned example is broken.');
    await refresh();
    expect(await byHand()).toContain('Ada Lovelace must not be in holds');
  });
});

describe('a decision by hand', () => {
  test('puts in and leaves out, says who decided, and is taken back', async () => {
    await post('marketer', '/segments/gold/choices', { people: bob, choice: 'in', note: 'VIP' });
    await post('marketer', '/segments/gold/choices', { people: 'ada@mail.example', choice: 'out' });
    await refresh();
    expect(await namesIn('gold')).toEqual(['Bob Builder']);
    const counted = await post('marketer', '/segments/previews', {
      ...ruleForm('Gold', 'gold', { key: 'gold', isEdit: 'yes' }),
      action: 'count r',
    });
    const builder = wordsOf(counted);
    expect(builder).toContain('1 person 33% of 3, with whom was put in or left out by hand');
    expect(builder).toMatch(/Some of them Bob Builder/);
    const why = wordsOf(await get('viewer', `/segments/gold/why/${bob}`));
    expect(why).toContain('is in “The gold ones” by hand');
    expect(why).toMatch(/put in by hand by Mona Writes on .*: “VIP”/);
    expect(wordsOf(await get('viewer', `/people/${bob}`))).toContain('put in by hand by Mona Writes');
    expect(wordsOf(await get('viewer', `/segments/gold/why/${ada}`))).toContain(
      'is not in “The gold ones” by hand',
    );
    for (const id of [ada, bob]) await post('marketer', `/segments/gold/choices/${id}/removals`);
    await refresh();
    expect(await namesIn('gold')).toEqual(['Ada Lovelace']);
  });

  test('comes back with what was typed where nobody is meant', async () => {
    const empty = await post('marketer', '/segments/gold/choices', {
      people: ' ',
      choice: 'in',
      note: 'kept',
    });
    expect([empty.status, empty.text.includes('Name at least one person')]).toEqual([422, true]);
    expect(empty.text).toContain('value="kept"');
    const unknown = await post('marketer', '/segments/gold/choices', {
      people: 'zoe@x.example',
      choice: 'in',
    });
    expect([unknown.status, unknown.text.includes('Nobody is known by that.')]).toEqual([422, true]);
    expect(unknown.text).toContain('zoe@x.example');
  });
});

describe('a list', () => {
  test('is made, filled from a file and replaced by another, and shows the rows that name nobody', async () => {
    const made = await post('marketer', '/lists', { name: 'Fair 2026', description: '' });
    expect(made.headers.location).toBe('/segments/list-fair-2026/by-hand');
    const first = await upload('list-fair-2026', 'Name;E-mail\nA;ADA@mail.example\nZ;=zoe@x.example\n', {
      mode: 'append',
      column: '',
      kind: 'any',
      note: 'the fair',
    });
    expect(first.status).toBe(200);
    expect(wordsOf(first)).toContain('1 of 2 rows name nobody we know');
    const handedOn = /name="rows" value="([^"]*)"/.exec(first.text)![1]!.replaceAll('&#34;', '"');
    const file = await post('marketer', '/lists/unmatched', { rows: handedOn });
    expect(file.text).toContain("3,'=zoe@x.example");
    await refresh();
    expect(await namesIn('list-fair-2026')).toEqual(['Ada Lovelace']);
    const second = await upload('list-fair-2026', 'id\nbob\ncyd\n', {
      mode: 'replace',
      column: 'ID',
      kind: 'user_id',
    });
    expect(second.headers.location).toBe('/segments/list-fair-2026/by-hand');
    await refresh();
    expect(await namesIn('list-fair-2026')).toEqual(['Bob Builder', 'Cyd Charisse']);
    expect(wordsOf(await get('viewer', '/segments/list-fair-2026'))).toContain('who was put in by hand');
    const listed = wordsOf(await get('marketer', '/segments/list-fair-2026/by-hand'));
    expect(listed).toContain('Bob Builder bob@mail.example Put in');
    expect((await post('marketer', '/segments/list-fair-2026/removals')).status).toBe(303);
  });

  test('says which columns a file has where it cannot tell, and that only lists are replaced', async () => {
    await post('marketer', '/lists', { name: 'Unsure' });
    const unclear = await upload('list-unsure', 'a,b\n1,2\n', { mode: 'append', kind: 'any' });
    expect([unclear.status, unclear.text.includes('This file has: a, b.')]).toEqual([422, true]);
    const wrong = await upload('gold', 'e-mail\nada@mail.example\n', { mode: 'replace', kind: 'email' });
    expect(wrong.status).toBe(409);
    const nameless = await post('marketer', '/lists', { name: ' ' });
    const again = await post('marketer', '/lists', { name: 'unsure' });
    expect([again.status, again.text.includes('Choose another name')]).toEqual([422, true]);
    expect([nameless.status, nameless.text.includes('Give the list a name.')]).toEqual([422, true]);
    expect((await post('marketer', '/lists/unmatched', { rows: '{"a":1}' })).status).toBe(422);
  });

  test('says where its page opens what was wrong with a file, and leads to the field', async () => {
    await post('marketer', '/lists', { name: 'Long' });
    for (const [content, column, field] of [
      ['', '', 'field-file'],
      ['e-mail\nada@mail.example\n', 'colour', 'field-column'],
    ] as const) {
      const { text, status } = await upload('list-long', content, { mode: 'append', kind: 'any', column });
      const alert = /<div[^>]* role="alert" tabindex="-1" autofocus>.*?<\/div>/s.exec(text);
      expect([status, alert?.[0].includes(`href="#${field}"`)], text).toEqual([422, true]);
      expect(text).toContain(`id="${field}"`);
      expect(alert!.index).toBeLessThan(text.indexOf('Who is in the list'));
    }
  });

  test('stays as it was where a file that is to replace it names nobody', async () => {
    await post('marketer', '/lists', { name: 'Kept' });
    await upload('list-kept', 'e-mail,orders\nada@mail.example,3\n', { mode: 'append', kind: 'any' });
    const wrong = await upload('list-kept', 'e-mail,orders\nada@mail.example,3\n', {
      mode: 'replace',
      kind: 'any',
      column: 'orders',
    });
    expect([wrong.status, wordsOf(wrong).includes('so the list stays as it was')]).toEqual([422, true]);
    await refresh();
    expect(await namesIn('list-kept')).toEqual(['Ada Lovelace']);
  });

  test('takes the first row of a file without headings, too', async () => {
    await post('marketer', '/lists', { name: 'Headless' });
    const file = 'ada@mail.example\nbob@mail.example\nzoe@x.example\n';
    const answer = wordsOf(await upload('list-headless', file, { mode: 'append', kind: 'any' }));
    expect(answer).toContain('2 people found in 3 rows');
    expect(answer).toContain('3 zoe@x.example');
  });

  test('tells what became of each row, by the line it has in the file', async () => {
    await post('marketer', '/lists', { name: 'Adding up' });
    const rows = ['ada@mail.example', 'bob@mail.example', 'ADA@mail.example', '""', 'zoe@x.example'];
    const file = `e-mail\n${rows.join('\n')}\n`;
    const answer = wordsOf(await upload('list-adding-up', file, { mode: 'append', kind: 'any' }));
    expect(answer).toContain(
      '2 people found in 4 rows, 2 of them new (1 row named somebody again, 1 row named nobody, 1 more row held nothing)',
    );
    expect(answer).toContain('Line Value 6 zoe@x.example');
  });

  test('says of a row with a cell too many that it cannot be read, and looks nobody up by it', async () => {
    await post('marketer', '/lists', { name: 'Shifted' });
    const file = 'name,e-mail\nAda, the first,ada@mail.example\nBob,bob@mail.example\n';
    const answer = wordsOf(await upload('list-shifted', file, { mode: 'append', kind: 'any' }));
    expect(answer).toContain('1 person found in 2 rows');
    expect(answer).toContain('The row has 3 cells; the header has 2.');
  });

  test('is saved from a search among people', async () => {
    const search = await get('marketer', '/people?q=mail.example');
    expect(search.text).toContain('Save as list');
    expect(search.text).toMatch(/<input[^>]* id="list-name" name="name" type="text"/);
    expect((await get('viewer', '/people?q=mail.example')).text).not.toContain('Save as list');
    const saved = await post('marketer', '/lists/found', { name: 'Found', q: 'charisse' });
    expect(saved.headers.location).toBe('/segments/list-found/by-hand');
    const all = await post('marketer', '/lists/found', { name: 'With address', email: 'yes' });
    expect(all.headers.location).toBe('/segments/list-with-address/by-hand');
    await refresh();
    expect(await namesIn('list-found')).toEqual(['Cyd Charisse']);
    expect(await namesIn('list-with-address')).toHaveLength(3);
    expect((await post('marketer', '/lists/found', { name: 'Nobody', q: 'zebra' })).status).toBe(422);
    const nameless = await post('marketer', '/lists/found', { name: ' ', q: 'charisse' });
    expect(nameless.status).toBe(422);
    expect(wordsOf(nameless)).toContain('Give the list a name.');
    expect(nameless.text).toContain('value="charisse"');
  });
});

describe('the ladder', () => {
  const forms = () => [
    '/segments/gold/pins',
    `/segments/gold/pins/${bob}/removals`,
    '/segments/gold/choices',
    `/segments/gold/choices/${bob}/removals`,
    '/lists',
    '/lists/found',
    '/lists/unmatched',
  ];

  test('asks strangers to sign in, and lets a viewer read and decide nothing', async () => {
    for (const path of ['/segments/gold/by-hand', '/lists/new'])
      expect((await new Visitor(url).get(path)).headers.location, path).toContain('/login');
    expect((await get('viewer', '/lists/new')).status).toBe(403);
    for (const path of forms()) expect((await post('viewer', path)).status, path).toBe(403);
    expect(
      (await upload('gold', 'e-mail\nada@mail.example\n', { mode: 'append', kind: 'any' }, 'viewer')).status,
    ).toBe(403);
    await post('marketer', '/segments/gold/choices', {
      people: bob,
      choice: 'in',
      note: 'ask bob@mail.example',
    });
    const read = await get('viewer', '/segments/gold/by-hand');
    expect(read.text).not.toContain('@mail.example');
    expect(read.text).not.toContain('<form method="post" action="/segments');
  });

  test('hides what belongs to another business', async () => {
    await makeSegment(databases.database, cast.otherId, 'mine', { all: [] });
    expect((await get('other', '/segments/gold/by-hand')).status).toBe(404);
    const pin = { profileId: ada, expected: 'in' };
    expect((await post('other', '/segments/gold/pins', pin)).status).toBe(404);
    expect((await post('other', '/segments/mine/pins', pin)).status).toBe(404);
    expect((await post('other', '/segments/mine/choices', { people: ada, choice: 'in' })).status).toBe(422);
    expect((await post('other', `/segments/gold/choices/${bob}/removals`)).status).toBe(404);
    expect((await upload('gold', 'id\nada\n', { mode: 'append', kind: 'any' }, 'other')).status).toBe(404);
  });

  test('survives bad ids', async () => {
    for (const path of [
      '/segments/zinc/by-hand',
      '/segments/gold/by-hand?after=x',
      '/segments/gold/by-hand?after=_',
    ])
      expect((await get('marketer', path)).status, path).toBe(404);
    expect((await post('marketer', '/segments/gold/pins/nonsense/removals')).status).toBe(404);
    expect((await post('marketer', '/segments/gold/pins', { profileId: 'x', expected: 'in' })).status).toBe(
      422,
    );
  });
});
