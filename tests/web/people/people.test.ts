import { beforeAll, describe, expect, test } from 'vitest';
import { serveApp } from '../../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts';
import { Visitor } from '../visitor.ts';
import { ADA, day, hear } from './people-cast.ts';

let databases: TestDatabase;
let cast: Cast;
let url: string;
let ada: string;
let grace: string;
const visitors: Record<string, Visitor> = {};

beforeAll(async () => {
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  const find = await hear(databases.database, cast.workspaceId, [
    ...ADA,
    {
      at: day(6),
      userId: 'grace',
      traits: { email: 'grace@mail.example', name: 'Grace Hopper', country: 'US' },
    },
  ]);
  [ada, grace] = [await find('user_id', 'ada'), await find('user_id', 'grace')];
  for (const [role, email] of Object.entries(EMAILS)) {
    visitors[role] = new Visitor(url);
    await visitors[role].signIn(email, PASSWORD);
  }
});

const get = async (role: string, path: string) => await visitors[role]!.get(path);

describe('the pages of people', () => {
  test('work for whoever may read, and show who is known', async () => {
    const list = await get('marketer', '/people');
    expect(list.status).toBe(200);
    expect(list.text).toContain('2 people');
    expect(list.text.indexOf('Grace Hopper')).toBeLessThan(list.text.indexOf('Ada Lovelace'));
    const one = await get('marketer', `/people/${ada}`);
    for (const words of [
      'Ada Lovelace',
      'Order placed',
      '€42.50',
      'ada.l@mail.example',
      'newsletter',
      'granted',
      '+4930901820',
      'Tracking',
    ])
      expect(one.text).toContain(words);
  });

  test('ask a stranger to sign in', async () => {
    const stranger = new Visitor(url);
    for (const path of ['/people', `/people/${ada}`, `/people/${ada}/merges`, '/search?q=ada'])
      expect((await stranger.get(path)).headers.location).toContain('/login');
  });

  test('hide the people of another business', async () => {
    expect((await get('other', `/people/${ada}`)).status).toBe(404);
    expect((await get('other', `/people/${ada}/merges`)).status).toBe(404);
    expect((await get('other', '/people')).text).not.toContain('Lovelace');
    expect((await get('other', '/search?q=lovelace')).text).not.toContain('Ada Lovelace');
  });

  test('let only an admin merge', async () => {
    for (const role of ['viewer', 'marketer']) {
      expect((await get(role, `/people/${ada}/merges`)).status).toBe(403);
      const answer = await visitors[role]!.post(`/people/${ada}/merges`, { with: grace }, '/account');
      expect(answer.status).toBe(403);
    }
  });

  test('survive a bad id', async () => {
    expect((await get('admin', '/people/nonsense')).status).toBe(404);
    expect((await get('admin', '/people/00000000-0000-7000-8000-000000000000')).status).toBe(404);
  });

  test('say what is wrong when nobody is known by what was typed', async () => {
    const answer = await get('admin', `/people/${ada}/merges?with=nobody`);
    expect(answer.text).toContain('Nobody is known by that');
  });

  test('show a viewer no address and no phone, wherever they stand', async () => {
    for (const path of ['/people', `/people/${ada}`, '/search?q=ada', '/search?q=ada.l@mail.example']) {
      const { text } = await get('viewer', path);
      const content = text.slice(text.indexOf('id="content"')).replaceAll(/value="[^"]*"/g, '');
      expect(content).not.toMatch(/ada\.l@mail\.example|30 ?901820/);
      expect(content).toContain('Ada Lovelace');
    }
    expect((await get('viewer', `/people/${ada}`)).text).toContain('a•••@m•••.example');
  });

  test('filter, sort and search', async () => {
    expect((await get('admin', '/people?email=no')).text).toContain('Nobody matches');
    expect((await get('admin', '/people?sort=revenue')).status).toBe(200);
    expect((await get('admin', '/people?q=hopper')).text).toContain('Grace Hopper');
    expect((await get('admin', '/people?q=hopper')).text).not.toContain('Ada Lovelace');
    expect((await get('admin', '/people?q=%25%25%25')).text).toContain('Nobody matches');
    expect((await get('admin', `/people/${ada}?event=order_placed`)).text).not.toContain('/tea');
    expect((await get('admin', '/people?segment=nonsense&lifecycle=&source=')).text).toContain(
      '0 people match',
    );
    expect((await get('admin', '/search?q=grace')).text).toContain('Grace Hopper');
  });

  test('show a merge before it is done, do it, and undo it', async () => {
    const rehearsal = await get('admin', `/people/${ada}/merges?with=grace`);
    expect(rehearsal.text).toContain('What comes out');
    expect(rehearsal.text).toContain('Merge these two');
    const admin = visitors.admin!;
    const merged = await admin.post(`/people/${ada}/merges`, { with: grace }, `/people/${ada}/merges`);
    const kept = merged.headers.location!.split('/').at(-1)!;
    const former = kept === ada ? grace : ada;
    expect((await get('admin', `/people/${former}`)).headers.location).toBe(`/people/${kept}`);
    expect((await get('admin', `/people/${kept}/merges`)).text).toContain('Merged by a colleague');
    const parted = await admin.post(`/people/${kept}/partings`, { former }, `/people/${kept}/merges`);
    expect(parted.headers.location).toBe(`/people/${former}`);
    expect((await get('admin', `/people/${ada}`)).text).toContain('Ada Lovelace');
    expect((await get('admin', `/people/${grace}`)).text).toContain('Grace Hopper');
  });

  test('hand out and erase a person, for an admin who means it', async () => {
    expect((await get('marketer', `/people/${grace}/privacy`)).status).toBe(403);
    expect((await get('marketer', `/people/${grace}/export`)).status).toBe(403);
    expect((await get('other', `/people/${grace}/export`)).status).toBe(404);
    const file = await get('admin', `/people/${grace}/export`);
    expect(file.headers['content-disposition']).toContain('attachment');
    expect(file.text).toContain('grace@mail.example');
    const admin = visitors.admin!;
    const unsure = await admin.post(
      `/people/${grace}/erasures`,
      { sure: 'perhaps' },
      `/people/${grace}/privacy`,
    );
    expect([unsure.status, unsure.text.includes('Type the word erase.')]).toEqual([422, true]);
    const erased = await admin.post(
      `/people/${grace}/erasures`,
      { sure: 'erase' },
      `/people/${grace}/privacy`,
    );
    expect(erased.headers.location).toBe('/people');
    expect((await get('admin', `/people/${grace}`)).status).toBe(404);
    expect((await get('admin', '/people')).text).not.toContain('Grace Hopper');
  });
});
