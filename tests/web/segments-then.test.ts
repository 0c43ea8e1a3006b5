import { DateTime } from 'luxon';
import { beforeAll, describe, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { updateSegment } from '../../src/flow/segment/segments.ts';
import type { Call } from '../setup/people.ts';
import { openPages } from './pages-cast.ts';
import { hear } from './people/people-cast.ts';
import { GOLD, makeSegment, wordsOf } from './segments-cast.ts';
import { Visitor } from './visitor.ts';

const PRESENT = now();
const ago = (days: number) => new Date(PRESENT.getTime() - days * 86_400_000);
const dayOf = (days: number) => DateTime.fromJSDate(ago(days), { zone: 'Europe/Berlin' }).toISODate();
const said = (days: number, userId: string, plan: string): Call => ({
  at: ago(days).toISOString(),
  userId,
  traits: { plan, name: `${userId} Example`, email: `${userId}@mail.example` },
});
const did = (days: number, userId: string, event: string, properties: Record<string, unknown>): Call => ({
  at: ago(days).toISOString(),
  userId,
  event,
  properties,
});

const viewed = (days: number, anonymousId: string): Call => ({
  at: ago(days).toISOString(),
  anonymousId,
  type: 'page',
});
const NO_ORDER = { fact: 'orders', op: 'eq', value: 0 };

/** Ada stays gold and orders; Bob turns silver and takes his consent back; Cyd turns gold later; Dee never is. */
const UP_TO_60: Call[] = [
  said(90, 'ada', 'gold'),
  said(90, 'bob', 'gold'),
  said(90, 'cyd', 'silver'),
  said(90, 'dee', 'none'),
  did(70, 'dee', 'order_placed', { value: 5, order_id: 'd1' }),
];
const SINCE: Call[] = [
  did(50, 'ada', 'order_placed', { value: 30, order_id: 'a1' }),
  did(45, 'bob', 'consent_withdrawn', { channel: 'email', topic: 'newsletter' }),
  said(40, 'bob', 'silver'),
  said(38, 'cyd', 'gold'),
];

const { cast, databases, get, url } = await openPages();

beforeAll(async () => {
  const { database } = databases;
  await makeSegment(database, cast.workspaceId, 'gold', GOLD);
  await hear(database, cast.workspaceId, UP_TO_60);
  await refreshWorkspace(database, cast.workspaceId, { trigger: 'test', asOf: ago(60.5) });
  await hear(database, cast.workspaceId, SINCE);
  await refreshWorkspace(database, cast.workspaceId, { trigger: 'test', asOf: ago(35) });
});

describe('a segment on a past day', () => {
  test('shows who was in as published, who still is, and what they did next beside everyone else', async () => {
    const shown = wordsOf(await get('marketer', `/segments/gold/then?on=${dayOf(60)}`));
    expect(shown).toContain('as it was published then');
    for (const words of [
      'People 2 2',
      'Ordered 1 (50%) 0 (0%)',
      'Net revenue €30.00 €0.00',
      'Took back a consent to e-mail 1 (50%) 0 (0%)',
      'Left the segment 1 (50%)',
      'In it now 1 (50%) 1',
    ])
      expect(shown).toContain(words);
    expect(shown).toMatch(/ada Example ada@mail\.example 1 €30\.00 – in /);
    expect(shown).toMatch(/bob Example bob@mail\.example 0 €0\.00 took consent back not in /);
    expect(shown).not.toContain('cyd Example');
  });

  test('is found by today’s definition, from what was known then', async () => {
    const before = wordsOf(await get('marketer', `/segments/gold/then?on=${dayOf(60)}&definition=today`));
    expect(before).toContain('People 2 2');
    expect(before).toContain('bob Example');
    const definition = { trait: 'plan', op: 'in', value: ['gold', 'silver'] };
    await withWorkspace(databases.database, cast.workspaceId, async ({ db, workspace }) => {
      await updateSegment(db, workspace, 'gold', { definition });
    });
    const edited = wordsOf(
      await get('marketer', `/segments/gold/then?on=${dayOf(60)}&definition=today&days=90`),
    );
    expect(edited).toContain('version 2');
    expect(edited).toContain('People 3 1');
    expect(edited).toContain('Not all of these days have passed yet');
    const published = wordsOf(await get('marketer', `/segments/gold/then?on=${dayOf(60)}`));
    expect(published).toContain('People 2 2');
  });

  test('counts whole days over a change of the clocks', async () => {
    for (const day of ['2025-03-10', '2025-10-10']) {
      const shown = wordsOf(await get('marketer', `/segments/gold/then?on=${day}&definition=today`));
      expect(shown).toContain('the 30 days after');
      expect(shown).not.toContain('Not all of these days have passed yet');
    }
  });

  test('says honestly where nothing had been published yet', async () => {
    const shown = wordsOf(await get('marketer', `/segments/gold/then?on=${dayOf(80)}`));
    expect(shown).toContain('so nothing was published on');
    for (const figure of ['In both', 'What they did in', 'Who they are', 'Worked out on'])
      expect(shown, figure).not.toContain(figure);
    expect(shown).toContain('Run today’s definition on that day');
    const found = wordsOf(await get('marketer', `/segments/gold/then?on=${dayOf(80)}&definition=today`));
    expect(found).toContain('ada Example');
  });

  test('counts nobody who was not known yet on that day', async () => {
    await makeSegment(databases.database, cast.workspaceId, 'no-order', NO_ORDER);
    const later = Array.from({ length: 3 }, (_, n) => did(20, `later-${n}`, 'signed_up', {}));
    await hear(databases.database, cast.workspaceId, later);
    await refreshWorkspace(databases.database, cast.workspaceId, { trigger: 'test', asOf: ago(19) });
    const shown = wordsOf(await get('marketer', `/segments/no-order/then?on=${dayOf(75)}&definition=today`));
    expect(shown).toContain('People 4 0');
    expect(shown).not.toContain('later-');
  });

  test('finds who has joined another profile since as whom they joined', async () => {
    const { database } = databases;
    await makeSegment(database, cast.workspaceId, 'readers', { event: 'page_viewed' });
    await hear(database, cast.workspaceId, [viewed(18, 'laptop'), viewed(18, 'tablet')]);
    await refreshWorkspace(database, cast.workspaceId, { trigger: 'test', asOf: ago(17.5) });
    await hear(database, cast.workspaceId, [said(16, 'eve', 'none')]);
    await hear(database, cast.workspaceId, [
      { ...said(15, 'eve', 'none'), anonymousId: 'laptop' },
      { ...said(15, 'eve', 'none'), anonymousId: 'tablet' },
    ]);
    await refreshWorkspace(database, cast.workspaceId, { trigger: 'test', asOf: ago(14) });
    const shown = wordsOf(await get('marketer', `/segments/readers/then?on=${dayOf(17)}`));
    expect(shown).toContain('People 1 ');
    expect(shown).toContain('In it now 1 (100%) 0');
    expect(shown).toContain('eve Example');
  });

  test('climbs the ladder', async () => {
    const path = `/segments/gold/then?on=${dayOf(60)}`;
    expect((await new Visitor(url).get(path)).headers.location).toContain('/login');
    expect((await get('other', path)).status).toBe(404);
    expect((await get('marketer', '/segments/zinc/then')).status).toBe(404);
    const read = await get('viewer', path);
    expect(read.text).not.toContain('@mail.example');
    expect(read.text).toContain('a•••@m•••.example');
    for (const bad of [
      'on=yesterday',
      'on=2026-02-30',
      'definition=mine',
      'days=7',
      'after=x',
      'on=2999-01-01',
    ])
      expect((await get('marketer', `/segments/gold/then?${bad}`)).status, bad).toBe(400);
    expect((await get('marketer', '/segments/gold/then?on=')).status).toBe(200);
  });
});
