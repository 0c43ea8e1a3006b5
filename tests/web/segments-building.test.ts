import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/db/pool.ts';
import { openPages } from './pages-cast.ts';
import { fillShop, GOLD, makeSegment, ruleForm, wordsOf } from './segments-cast.ts';
import type { Answer } from './visitor.ts';

const { cast, databases, get, post, visitors } = await openPages();

beforeAll(async () => {
  await fillShop(databases.database, cast.workspaceId);
});

const actionsOf = ({ text }: Answer) =>
  [...text.matchAll(/name="action" value="([^"]+)"/g)].map(([, one]) => one);

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
      await post('marketer', '/segments/previews', { ...ruleForm('Gold diggers', 'gold', more), action });
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
        { ...ruleForm('', 'gold'), ...fields, _csrf: await visitors.marketer.token('/account') },
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
    ['a segment nobody knows', { 'r.0.kind': 'segment', 'r.0.name': 'nobody-knows' }],
    ['too few of a group', { 'r.mode': 'atLeast', 'r.least': 'some' }],
  ])('says what is wrong with %s, beside what was typed', async (_name, broken) => {
    const counted = await post('marketer', '/segments/previews', {
      ...ruleForm('Kept words', 'gold', broken),
      action: 'count r',
    });
    expect(counted.status).toBe(200);
    expect(counted.text).toContain('Not a whole rule yet');
    const refused = await post('marketer', '/segments', ruleForm('Kept words', 'gold', broken));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('role="alert"');
    expect(refused.text).toContain('value="Kept words"');
  });
});

test('a rule that is cut off says that it is no JSON, beside itself, and where', async () => {
  const cut = { 'r.1.kind': 'json', 'r.1.json': '{"any": [{"trait": "plan"' };
  const counted = await post('marketer', '/segments/previews', {
    ...ruleForm('', 'gold', cut),
    action: 'count r',
  });
  expect(counted.text.split('id="r.1"')[1]).toMatch(/This is not valid JSON: [^<]+ at position 25/);
  const empty = { ...ruleForm('Empty', 'gold'), 'r.1.kind': 'json', 'r.1.json': ' ' };
  const refused = await post('marketer', '/segments', empty);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('Write a rule as JSON, such as');
});

describe('a condition of another kind', () => {
  const consent = {
    'r.0.kind': 'consent',
    'r.0.drawnAs': 'consent',
    'r.0.name': 'sms',
    'r.0.is': 'withdrawn',
  };

  test.each([
    ['a source', { 'r.0.kind': 'source' }, ['seen', '']],
    ['an identifier', { 'r.0.kind': 'identifier' }, ['present', 'email']],
    ['a random share', { 'r.0.kind': 'bucket' }, ['bucket']],
    ['a fact', { 'r.0.kind': 'fact' }, ['eq', 'orders']],
  ])('starts from what %s offers, and keeps nothing it does not know', async (_name, other, chosen) => {
    const fields = { ...ruleForm('', '', consent), ...other };
    const shown = await post('marketer', '/segments/previews', { ...fields, action: 'show r' });
    expect(shown.text).not.toContain('withdrawn');
    expect(shown.text).not.toContain('Choose one of');
    const selected = [...shown.text.matchAll(/<option value="([^"]*)" selected>/g)].map(([, one]) => one);
    expect(selected).toEqual(expect.arrayContaining(chosen));
  });

  test('is a random share, from one percentage to another, in fields like any other', async () => {
    const share = { 'r.0.kind': 'bucket', 'r.0.from': '0', 'r.0.to': '100' };
    const counted = wordsOf(
      await post('marketer', '/segments/previews', { ...ruleForm('', '', share), action: 'count r' }),
    );
    expect(counted).toContain('is in the random share from 0 to 100 percent');
    expect(counted).toContain('100% of 2,360');
    const wrong = ruleForm('Half', '', { ...share, 'r.0.to': 'half' });
    const refused = await post('marketer', '/segments', wrong);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('A number is expected here.');
  });

  test('is not saved before anyone saw what it asks for', async () => {
    const fields = ruleForm('Unseen', '', { ...consent, 'r.0.kind': 'identifier' });
    const refused = await post('marketer', '/segments', fields);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('A condition is of another kind now.');
    expect(refused.text).toContain('<option value="present" selected>');
  });

  test('without a choice says what there is to choose, in words', async () => {
    const fields = ruleForm('Nowhere', '', { 'r.0.kind': 'consent', 'r.0.name': '' });
    const refused = await post('marketer', '/segments', fields);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose one of email, sms, ads, web.');
  });
});

describe('a segment of one’s own', () => {
  test('is made, found, changed and removed, and each is in the audit log', async () => {
    const made = await post('marketer', '/segments', ruleForm('Tea & gold, lately', 'gold'));
    expect(made).toMatchObject({ status: 303, headers: { location: '/segments/tea-gold-lately' } });
    expect(wordsOf(await get('marketer', '/segments/tea-gold-lately'))).toContain('Tea &amp; gold, lately');
    const edit = await get('marketer', '/segments/tea-gold-lately/edit');
    expect(edit.text).toContain('value="gold"');
    const saved = await post('marketer', '/segments/tea-gold-lately', ruleForm('Renamed', 'silver'));
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
    const nameless = await post('marketer', '/segments', ruleForm('  ', 'platinum'));
    expect(nameless.status).toBe(422);
    expect(nameless.text).toContain('Give the segment a name.');
    expect(nameless.text).toContain('value="platinum"');
    const taken = await post('marketer', '/segments', ruleForm('Gold', 'platinum'));
    expect(taken.status).toBe(422);
    expect(taken.text).toContain('value="platinum"');
    const reserved = await post('marketer', '/segments', ruleForm('RFM champions', 'platinum'));
    expect(reserved.status).toBe(422);
    const edited = await post('marketer', '/segments/gold', { ...ruleForm('', 'platinum'), isEdit: 'yes' });
    expect(edited.status).toBe(422);
    expect(edited.text).toContain('action="/segments/gold"');
  });

  test('may be named in any script, more than one of them', async () => {
    for (const name of ['お茶が好き', 'Любители чая']) {
      const made = await post('marketer', '/segments', ruleForm(name, 'gold'));
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
    expect(refused.text).toContain('in a circle: “The circle ones” → “The circle ones”.');
  });

  test('is told of a circle, and the way round, before it is saved', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'first', GOLD);
    await makeSegment(databases.database, cast.workspaceId, 'second', {
      all: [{ segment: 'first', is: 'in' }],
    });
    const fields = { 'r.mode': 'all', 'r.0.kind': 'segment', 'r.0.name': 'second', 'r.0.is': 'in' };
    const round = { key: 'first', isEdit: 'yes', name: 'First', ...fields };
    const said = 'in a circle: “The second ones” → “The first ones” → “The second ones”.';
    const counted = wordsOf(await post('marketer', '/segments/previews', { ...round, action: 'count r' }));
    expect(counted).toContain(said);
    expect(counted).not.toContain('0 people');
    expect(wordsOf(await post('marketer', '/segments/first/impact', round))).toContain(said);
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
    expect((await post('marketer', '/segments/rfm-champions', ruleForm('Mine', 'gold'))).status).toBe(422);
    const shown = await get('marketer', '/segments/rfm-champions');
    expect(shown.text).not.toContain('Remove the segment');
    expect(shown.text).not.toContain('/segments/rfm-champions/edit');
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
    await set({ activeDays: '1' });
    expect(wordsOf(await get('viewer', '/segments/lifecycle'))).toContain(
      'Active up to 1 day, at risk up to',
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
    ['longer than a form takes', { activeDays: '9999999' }, 'Write whole days'],
    ['an end before its beginning', { activeDays: '80', atRiskDays: '40' }, 'At risk has to end after'],
  ])('are never %s', async (_name, fields, says) => {
    const refused = await set(fields);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(says);
    expect(refused.text).toContain(`value="${fields.activeDays}"`);
    expect((await get('viewer', '/segments/lifecycle')).text).not.toContain('set by hand');
  });

  test.each([
    ['active-1', { activeDays: 'forty' }],
    ['active-1', { activeDays: '9999999' }],
    ['risk-1', { atRiskDays: '8.5' }],
    ['risk-2', { row: '2', atRiskDays: '30' }],
  ])('are refused at the one field that is wrong: %s %o', async (id, fields) => {
    const { text } = await set(fields);
    expect([...text.matchAll(/id="([^"]+)-error" role="alert"/g)].map(([, one]) => one)).toEqual([id]);
    expect([...text.matchAll(/aria-invalid/g)]).toHaveLength(1);
  });

  test('belong to a row there is, and show nothing before the first scoring', async () => {
    expect((await set({ row: '7' })).status).toBe(422);
    expect((await set({ use: 'guessed' })).status).toBe(422);
    expect((await get('other', '/segments/lifecycle')).text).toContain('No scoring yet');
    const shown = await get('viewer', '/segments/lifecycle');
    expect(shown.text).not.toContain('Use these');
  });
});
