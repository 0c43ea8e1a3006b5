import { parse as parseCsv } from 'csv-parse/sync';
import { beforeAll, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import type { Call } from '../setup/people.ts';
import { openPages } from './pages-cast.ts';
import { hear } from './people/people-cast.ts';
import { GOLD, makeSegment, wordsOf } from './segments-cast.ts';
import { Visitor } from './visitor.ts';

const { cast, databases, get, url } = await openPages();
const PRESENT = now();
const ago = (days: number) => new Date(PRESENT.getTime() - days * 86_400_000);
const CROWD = Array.from({ length: 60 }, (_, n) => `g${n}`);
const become = (days: number, plan: string, people: string[]): Call[] =>
  people.map((userId) => ({
    at: ago(days).toISOString(),
    userId,
    traits: { plan, name: `${userId} Example`, email: `${userId}@mail.example` },
  }));
const SEGMENT = '/segments/gold';

/** First counted 50 days ago with all of them; all go, and two come again, one of them only for some days. */
beforeAll(async () => {
  await makeSegment(databases.database, cast.workspaceId, 'gold', GOLD);
  await happen(50, become(51, 'gold', CROWD));
  await happen(20, become(21, 'silver', CROWD));
  await happen(10, become(11, 'gold', ['g1', 'g2']));
  await happen(5, become(6, 'silver', ['g2']));
});

async function happen(days: number, calls: Call[]) {
  await hear(databases.database, cast.workspaceId, calls);
  await refreshWorkspace(databases.database, cast.workspaceId, { trigger: 'test', asOf: ago(days) });
}

const whysOf = (text: string) =>
  [...text.matchAll(/href="\/segments\/gold\/why\/([^"]+)"/g)].map(([, id]) => id!);

test('the figures of who entered and left open a list of them, as many as they count', async () => {
  const overview = await get('marketer', SEGMENT);
  expect(wordsOf(overview)).toContain('Entered, 30 days 2 Left, 30 days 61 ');
  expect(overview.text).toContain(`href="${SEGMENT}?moved=left#members">61</a>`);
  const came = wordsOf(await get('marketer', `${SEGMENT}?moved=entered`));
  expect(came).toContain('Who entered, 30 days');
  expect(came).toMatch(/g[12] Example g[12]@mail\.example \d+ \w+ \d{4}, \d\d:\d\d /);
  const left: string[] = [];
  let path: string | undefined = `${SEGMENT}?moved=left`;
  for (let pages = 0; path && pages < 5; pages += 1) {
    const { text } = await get('marketer', path);
    left.push(...whysOf(text));
    path =
      /href="(\/segments\/gold\?moved=left&#38;after=[^"]+|\/segments\/gold\?moved=left&amp;after=[^"]+)"/
        .exec(text)?.[1]
        ?.replace(/&(#38|amp);/, '&');
  }
  expect([left.length, new Set(left).size]).toEqual([61, 60]);
  expect((await get('marketer', `${SEGMENT}/movement`)).text).toContain(
    `href="${SEGMENT}?moved=left#members"`,
  );
});

test('who left is a file, masked for a viewer, as the page is', async () => {
  const rows = (text: string): string[][] => parseCsv(text.replace('\uFEFF', ''));
  const file = await get('marketer', `${SEGMENT}/members.csv?moved=left`);
  expect(file.headers['content-disposition']).toContain('gold-left.csv');
  expect(rows(file.text)[0]?.[5]).toBe('Left');
  expect(rows(file.text)).toHaveLength(62);
  for (const path of [`${SEGMENT}?moved=left`, `${SEGMENT}/members.csv?moved=left`])
    expect((await get('viewer', path)).text, path).not.toContain('@mail.example');
});

test('the lists of moves climb the ladder', async () => {
  expect((await new Visitor(url).get(`${SEGMENT}?moved=left`)).headers.location).toContain('/login');
  expect((await get('other', `${SEGMENT}?moved=left`)).status).toBe(404);
  expect((await get('viewer', `${SEGMENT}?moved=away`)).status).toBe(400);
  expect((await get('viewer', `${SEGMENT}?moved=left&after=x`)).status).toBe(404);
  await makeSegment(databases.database, cast.workspaceId, 'fresh', GOLD);
  expect(wordsOf(await get('viewer', '/segments/fresh?moved=entered'))).toContain(
    'Nobody entered in these days.',
  );
});

test('a segment that was switched off has not been left by anybody', async () => {
  const { database } = databases;
  const off = '/segments/gold?moved=left';
  await database.db.execute("update segments set is_enabled = false where key = 'gold'");
  await refreshWorkspace(database, cast.workspaceId, { trigger: 'test', asOf: ago(4) });
  await database.db.execute("update segments set is_enabled = true where key = 'gold'");
  await refreshWorkspace(database, cast.workspaceId, { trigger: 'test', asOf: ago(3) });
  const total = /\?moved=left#members">(\d+)</.exec((await get('marketer', off)).text)?.[1];
  const file = (await get('marketer', '/segments/gold/members.csv?moved=left')).text;
  expect(file.trim().split('\n').length - 1).toBe(Number(total));
});
