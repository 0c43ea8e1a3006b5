import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/db/pool.ts';
import { openPages, type Who } from './pages-cast.ts';
import { fillShop, GOLD, makeSegment, ruleForm, useSegment, wordsOf } from './segments-cast.ts';
import { type Answer, Visitor } from './visitor.ts';

const { cast, databases, get, post, url } = await openPages();

let alan: string;

beforeAll(async () => {
  ({ alan } = await fillShop(databases.database, cast.workspaceId));
});

const edit = (plan: string, more: Record<string, string> = {}) => ({
  ...ruleForm('Gold', plan),
  isEdit: 'yes',
  ...more,
});
const hiddenOf = ({ text }: Answer) =>
  Object.fromEntries(
    [...text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );

describe('the builder', () => {
  const count = async (fields: Record<string, string>) =>
    await post('marketer', '/segments/previews', { ...edit('gold', fields), action: 'count r' });
  const bought = { 'r.1.kind': 'event', 'r.1.name': 'order_placed', 'r.1.window': 'last', 'r.1.w1': '30d' };

  test('says of each condition how many it is true of alone, and how many are left after it', async () => {
    const named = { 'r.1.kind': 'trait', 'r.1.name': 'country', 'r.1.op': 'set' };
    const words = wordsOf(await count(named));
    expect(words).toContain('2 alone');
    expect(words).toContain('1 alone 1 left after it');
  });

  test('puts real dates beside relative ones, in the time of the business', async () => {
    expect(wordsOf(await count(bought))).toMatch(/in the last 30 days: \d+ \w+ \d{4}, \d\d:\d\d – now/);
    const today = { ...bought, 'r.1.window': 'calendar', 'r.1.calendar': 'yesterday' };
    expect(wordsOf(await count(today))).toMatch(/yesterday: \d+ \w+ \d{4}, 00:00 – \d+ \w+ \d{4}, 00:00/);
  });

  test('tells of an event that never came in, and what it may have been meant to be', async () => {
    const misspelt = wordsOf(await count({ ...bought, 'r.1.name': 'odrer_placed' }));
    expect(misspelt).toContain('No event called odrer_placed has ever come in. Did you mean order_placed?');
    expect(wordsOf(await count(bought))).not.toContain('has ever come in');
    const any = wordsOf(await count({ ...bought, 'r.1.name': '' }));
    expect(any).toContain('any event at least 1 time in the last 30 days');
    expect(any).not.toContain('has ever come in');
  });

  test('names a condition nobody can match, and how to mend it, and leads to it', async () => {
    const never = await count({ ...bought, 'r.1.window': 'next', 'r.1.w1': '7d' });
    expect(never.text).toContain('href="#r.1"');
    expect(wordsOf(never)).toContain('The rule : This rule can never match anybody.');
    expect(wordsOf(never)).toContain(
      'Condition 2 : Nobody can match this: nothing can have happened in the next 7 days',
    );
  });

  test('says how many are left out for want of a value, and of which segment this is a twin', async () => {
    const hidden = wordsOf(await count({ 'r.0.op': 'ne' }));
    expect(hidden).toContain('2,357 people would match but for this: their plan is not known');
    expect(hidden).toContain('Choose “unknown: let in”');
    expect(wordsOf(await count({}))).toContain('“The gold ones” has the same rule.');
    const own = await post('marketer', '/segments/previews', {
      ...edit('gold'),
      key: 'gold',
      action: 'count r',
    });
    expect(wordsOf(own)).not.toContain('has the same rule');
  });

  test('suggests the values people have, the most common first, and says of how many that is', async () => {
    const shown = await count({});
    const list = /<datalist id="r\.0\.value-values">(.*?)<\/datalist>/s.exec(shown.text)?.[1] ?? '';
    expect([...list.matchAll(/value="([^"]+)"/g)].map(([, value]) => value)).toEqual(['gold', 'silver']);
    expect(list).toContain('gold – 2 of the newest 1,000 people');
    const fact = { 'r.1.kind': 'fact', 'r.1.name': 'rfm_group', 'r.1.op': 'eq', 'r.1.value': 'champions' };
    expect((await count(fact)).text).toMatch(
      /<datalist id="r\.1\.value-values"><option value="[a-z-]+" label="/,
    );
  });

  test('states at the save what is odd, and saves all the same', async () => {
    const odd = { 'r.1.kind': 'fact', 'r.1.name': 'orders', 'r.1.op': 'lt', 'r.1.value': '0' };
    const saved = await post('marketer', '/segments', ruleForm('Odd ones', 'gold', odd));
    expect(saved).toMatchObject({ status: 303, headers: { location: '/segments/odd-ones' } });
    expect(wordsOf(await get('marketer', '/segments/odd-ones'))).toContain(
      'Worth a look: This rule can never match anybody.',
    );
  });
});

describe('what a change would do', () => {
  const see = async (who: Who, key: string, fields: Record<string, string>) =>
    await post(who, `/segments/${key}/impact`, fields);

  test('is shown before it is saved: who comes, who goes, their revenue and what reacts', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'lovers', GOLD);
    await makeSegment(databases.database, cast.workspaceId, 'follower', {
      all: [{ segment: 'lovers', is: 'in' }],
    });
    await useSegment(databases.database, cast.workspaceId, 'lovers');
    await post('marketer', '/refreshes');
    const seen = await see('marketer', 'lovers', edit('silver'));
    expect(seen.status).toBe(200);
    const words = wordsOf(seen);
    expect(words).toMatch(/Enter 1 person Net revenue .0\.00 Alan Turing/);
    expect(words).toMatch(/Leave 2 people/);
    expect(words).toMatch(/Stay 0 people .* Nobody\./);
    expect(words).toContain('Changed: plan is “gold” → plan is “silver”');
    expect(words).toContain('Campaign “June letter” (draft)');
    expect(words).toContain('Destination “Gold list” is told of 1 more and 2 fewer');
    expect(seen.text).toContain('href="/segments/follower"');
    expect(seen.text).not.toContain('href="/destinations/');
    expect((await see('admin', 'lovers', edit('silver'))).text).toContain('href="/destinations/');
    expect(wordsOf(await get('marketer', '/segments/lovers/versions'))).not.toContain('silver');
  });

  test('is saved quietly or to act, by the form that the page carries on', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'carried', GOLD);
    for (const [how, plan] of [
      ['quiet', 'silver'],
      ['act', 'gold'],
    ] as const) {
      const { _csrf, ...fields } = hiddenOf(await see('marketer', 'carried', edit(plan)));
      expect(fields['r.0.value']).toBe(plan);
      expect((await post('marketer', '/segments/carried', { ...fields, how })).status).toBe(303);
    }
    const rows = await rowsOf<{ version: number; is_quiet: boolean }>(
      databases.database.db,
      sql`select version, is_quiet from segment_versions where segment_key = 'carried' order by version`,
    );
    expect(rows.map((row) => row.is_quiet)).toEqual([false, true, false]);
  });

  test('is no new version where only the name is another', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'renamed', GOLD);
    const renamed = await post('marketer', '/segments/renamed', edit('gold', { name: 'Golden' }));
    expect(renamed.status).toBe(303);
    const rows = await rowsOf<{ name: string; version: number }>(
      databases.database.db,
      sql`select name, version from segments where key = 'renamed'`,
    );
    expect(rows).toEqual([{ name: 'Golden', version: 1 }]);
  });

  test('goes back to editing with every word', async () => {
    const { _csrf, ...fields } = hiddenOf(
      await see('marketer', 'gold', edit('platinum', { name: 'Better ones' })),
    );
    const back = await post('marketer', '/segments/previews', { ...fields, action: 'show r' });
    expect(back.text).toContain('value="Better ones"');
    expect(back.text).toContain('value="platinum"');
    expect(back.text).toContain('formaction="/segments/gold/impact"');
  });

  test('shows the form again where the rule is not whole, and is for those who may edit', async () => {
    const refused = await see('marketer', 'gold', edit('gold', { 'r.0.op': 'toString' }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('role="alert"');
    expect(refused.text).toContain('value="Gold"');
    expect((await see('viewer', 'gold', edit('silver'))).status).toBe(403);
    expect((await see('other', 'gold', edit('silver'))).status).toBe(404);
    expect((await see('marketer', 'nobody-knows', edit('silver'))).status).toBe(404);
    expect((await see('marketer', '%27%3B--', edit('silver'))).status).toBe(404);
    expect((await see('marketer', 'rfm-champions', edit('silver'))).status).toBe(409);
    const stranger = await new Visitor(url).get('/segments/gold/impact');
    expect(stranger).toMatchObject({ status: 303 });
    expect(stranger.headers.location).toContain('/login');
    expect((await get('marketer', '/segments/gold/impact')).headers.location).toBe('/segments/gold/edit');
  });
});

test('every page says the name of a segment that a rule goes by, and never its key', async () => {
  await makeSegment(databases.database, cast.workspaceId, 'going-by', {
    all: [{ segment: 'gold', is: 'in' }],
  });
  const fields = { 'r.mode': 'all', 'r.0.kind': 'segment', 'r.0.name': 'gold', 'r.0.is': 'out' };
  const form = { key: 'going-by', isEdit: 'yes', name: 'Going by', ...fields };
  const pages = [
    await get('marketer', '/segments/going-by'),
    await get('marketer', '/segments/going-by/versions'),
    await get('marketer', `/segments/going-by/why/${alan}`),
    await get('marketer', `/people/${alan}`),
    await post('marketer', '/segments/going-by/impact', form),
    await post('marketer', '/segments/previews', { ...form, action: 'count r' }),
  ];
  for (const page of pages) {
    expect(wordsOf(page)).toMatch(/(in|out|entering) the segment “The gold ones”/);
    expect(wordsOf(page)).not.toContain('the segment gold');
  }
});

describe('the versions of a segment', () => {
  test('say who wrote each, what was other than before, and go back in one click', async () => {
    await post('marketer', '/segments', ruleForm('Kept ones', 'gold'));
    const more = {
      'r.1.kind': 'event',
      'r.1.name': 'order_placed',
      'r.1.cmp': 'gte',
      'r.1.n': '2',
      'r.1.window': 'last',
      'r.1.w1': '30d',
    };
    await post('marketer', '/segments/kept-ones', edit('gold', more));
    await post('marketer', '/segments/kept-ones', edit('silver', { ...more, 'r.1.w1': '60d', how: 'quiet' }));
    const shown = await get('viewer', '/segments/kept-ones/versions');
    const words = wordsOf(shown);
    expect(words).toContain('Version 3 in use saved quietly');
    expect(words).toContain('Added: order_placed at least 2 times in the last 30 days');
    expect(words).toContain('Changed: plan is “gold” → plan is “silver”');
    expect(words).toContain('in the last 30 days → order_placed at least 2 times in the last 60 days');
    expect(words).toContain('The first rule of this segment.');
    expect(shown.text).not.toContain('Go back to this version');
    const back = await post('marketer', '/segments/kept-ones/versions', { version: '1' });
    expect(back).toMatchObject({ status: 303, headers: { location: '/segments/kept-ones/versions' } });
    const after = wordsOf(await get('marketer', '/segments/kept-ones/versions'));
    expect(after).toContain('Version 4 in use');
    expect(after).toContain('Removed: order_placed at least 2 times in the last 60 days');
    const audited = await get('admin', '/settings/audit');
    expect(wordsOf(audited)).toContain('Went back to an earlier rule of a segment');
  });

  test('lead nowhere but to versions there are, for those who may', async () => {
    const back = async (who: Who, key: string, version: string) =>
      (await post(who, `/segments/${key}/versions`, { version })).status;
    expect(await back('viewer', 'gold', '1')).toBe(403);
    expect(await back('other', 'gold', '1')).toBe(404);
    expect(await back('marketer', 'gold', '1')).toBe(409);
    expect(await back('marketer', 'gold', '99')).toBe(404);
    expect(await back('marketer', 'gold', 'x')).toBe(422);
    expect((await get('other', '/segments/gold/versions')).status).toBe(404);
    expect((await get('viewer', '/segments/nobody-knows/versions')).status).toBe(404);
    expect((await new Visitor(url).get('/segments/gold/versions')).status).toBe(303);
    const automatic = await get('marketer', '/segments/rfm-champions/versions');
    expect(wordsOf(automatic)).toContain('Version 1 in use the API or the product');
    expect(automatic.text).not.toContain('Go back');
  });
});
