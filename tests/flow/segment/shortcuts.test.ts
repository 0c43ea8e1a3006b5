import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { withHelper } from '../../../src/db/planning.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { loadKnowledge } from '../../../src/flow/segment/known.ts';
import { loadPeople } from '../../../src/flow/segment/people.sql.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { everyonesPlaces, placesSql, wantedSql } from '../../../src/flow/segment/verdicts.sql.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Invented, insertCrowd } from './crowd.ts';

const at = new Date('2026-11-22T12:00:00Z');

/** Letters whose lower case is ASCII, or longer, or another at the end of a word; and what looks like text and is none. */
const TEXTS = [
  'Kelvin',
  '\u212Aelvin',
  'İstanbul',
  'istanbul',
  'İ/P/1',
  '\u212A-9_İ',
  'ΟΔΟΣ',
  'Straße',
  '/P/1',
  '/p/12',
  '100%',
  'a_b\\',
];
const VALUES: unknown[] = [
  ...TEXTS,
  ...['[]', '["kelvin"]', '{"a":1}', '', '5', '5.0000004', 'true', 'null'],
  ...[5, 5.0000004, 4.9999995, -5, 0, 1e20, true, false, null],
  ...['2026-11-22', ['2026-11-20', 'x'], ['2026-11-22T11:59:00Z', 3], ['1990-11-24', 5.5], [5.0000004, 7]],
  ...[[], {}, [[]], [['Kelvin']], ['x', '\u212ALM'], [4, '6', true], [null, ''], { a: ['Kelvin'] }],
];
/** Parts of them, in capitals and not, at each end. */
const PARTS = [...TEXTS.flatMap((text) => [text, text.slice(0, 2), text.slice(-2).toUpperCase()])];
const MORE = [
  '',
  'k',
  'K',
  'i',
  'I',
  'i\u0307',
  '\u0307',
  'ς',
  'σ',
  '%',
  '_',
  '\\',
  '[',
  '"',
  '5',
  't',
  'ul',
  'null',
];

const TEXT_OPS = ['contains', 'startsWith', 'endsWith', 'notContains', 'eq', 'ne'];
const ASKED = [
  ...[...new Set([...PARTS, ...MORE])].flatMap((value) => TEXT_OPS.map((op) => ({ op, value }))),
  ...[5, -5, 0, 4.9999995, '5'].flatMap((value) =>
    ['eq', 'gt', 'gte', 'lt', 'lte'].map((op) => ({ op, value })),
  ),
  ...['true', 'false', 'set', 'unset'].map((op) => ({ op })),
  { op: 'in', value: ['Kelvin', true, 'null'] },
  { op: 'in', value: ['Kelvin', 7, '6', false] },
  { op: 'notIn', value: [...TEXTS, 'x'] },
  ...[
    [4, 6],
    [5.5, 5.5],
    ['2026-11-20', '2026-11-22'],
  ].map((value) => ({ op: 'between', value })),
  ...['before', 'after', 'on'].flatMap((op) =>
    ['2026-11-20', '2026-11-22', '2026-11-22T11:59:00Z'].map((value) => ({ op, value })),
  ),
  ...['gt', 'lte'].map((op) => ({ op, value: '2026-11-20' })),
  ...[{ last: '1d' }, { last: '3d' }, { calendar: 'today' }].map((value) => ({ op: 'within', value })),
  ...[{ next: '7d' }, { calendar: 'today' }].map((value) => ({ op: 'anniversary', value })),
];

/** How often, in ways that ask whether at all and in ways that do not, in windows open and closed towards the moment. */
const COUNTS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'].flatMap((op) =>
  [0, 1, 2].map((value) => ({ count: { op, value } })),
);
const WINDOWS = [
  ...[{}, { within: { last: '1h' } }, { within: { last: '2d' } }, { within: { between: ['2d', '1h'] } }],
  ...[{ within: { next: '1h' } }, { within: { calendar: 'today' } }, { within: { calendar: 'yesterday' } }],
  ...[{ within: { from: '2026-11-22T11:00:00Z' } }, { within: { to: '2026-11-22T12:00:00Z' } }],
  ...[{ within: { to: '2026-11-22T11:00:00Z' } }, { within: { from: '2026-11-22T12:00:00Z' } }],
];

describe('what is computed in a cheaper way says what memory says', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;
  let ids: string[];

  beforeAll(async () => {
    workspace = await createWorkspace(database);
    ids = await insertCrowd(database, workspace, [...VALUES.map(someoneWith), ...COMINGS.map(someoneAt)], at);
  });

  it('of texts, lists and numbers in traits', async () => {
    await expectAlike(ASKED.map((asked) => ({ trait: 'given', ...asked })));
    await expectAlike(ASKED.map((asked) => ({ trait: 'in.given', ...asked })));
  });

  it('of the same in properties of events, counted, summed and in a row', async () => {
    const where = (asked: object, property = 'given') => ({
      event: 'order_placed',
      where: [{ property, ...asked }],
    });
    await expectAlike(ASKED.map((asked) => where(asked)));
    await expectAlike(ASKED.map((asked) => ({ ...where(asked, 'in.given'), count: { op: 'eq', value: 0 } })));
    const some = ASKED.filter((_, index) => index % 20 === 0);
    await expectAlike(some.map((asked) => ({ ...where(asked), last: true })));
    await expectAlike(
      (['sum', 'avg', 'min', 'max'] as const).flatMap((kind) =>
        [-5, 0, 5].map((value) => ({
          event: 'order_placed',
          [kind]: { property: 'given', op: 'gte', value },
        })),
      ),
    );
  });

  it('of windows, with and without conditions', async () => {
    const where = [{ property: 'given', op: 'startsWith', value: 'k' }];
    for (const more of [{}, { where }])
      await expectAlike(
        WINDOWS.flatMap((window) =>
          COUNTS.map((count) => ({ event: 'page_viewed', ...window, ...count, ...more })),
        ),
      );
  });

  it('of shares of people', async () => {
    const ends = [0, 0.001, 12.5, 33.333333, 50, 99.999999, 100];
    await expectAlike(
      ends.flatMap((from) => ends.filter((to) => to >= from).map((to) => ({ bucket: [from, to] }))),
    );
  });

  it('of everyone in two halves, which two processes may share', async () => {
    const knowledge = await loadKnowledge(database.db, workspace);
    const asked = [
      ...ASKED.filter((_, index) => index % 5 === 0 || index > ASKED.length - 30).flatMap((asked) => [
        { trait: 'given', ...asked },
        { event: 'order_placed', where: [{ property: 'given', ...asked }] },
      ]),
      { event: 'page_viewed', within: { last: '2d' }, count: { op: 'gte', value: 2 } },
      { fact: 'orders', op: 'gte', value: 1 },
      { bucket: [0, 50] },
    ].map((rule, index) => ({ key: `s${index}`, definition: parseDefinition(rule, knowledge.known) }));
    const looking = { ...knowledge, workspaceId: workspace.id, asOf: at, profileIds: null };
    const halves = await everyonesPlaces(database.db, looking, asked);
    const alone = await rowsOf(database.db, placesSql(looking, asked));
    const [plan, shared] = await withHelper(database.db, async (db) => [
      JSON.stringify(await rowsOf(db, sql`explain (costs off) ${halves}`)),
      await rowsOf(db, halves),
    ]);
    expect(plan).toContain('Parallel Append');
    const byId = (rows: { profile_id?: string }[]) => new Map(rows.map((row) => [row.profile_id, row]));
    expect(byId(shared)).toEqual(byId(alone));
    expect(shared).toHaveLength(ids.length);
  });

  /** All the rules in one statement, as a refresh asks: what they share is computed once for all. */
  async function expectAlike(rules: object[]): Promise<void> {
    const knowledge = await loadKnowledge(database.db, workspace);
    const asked = [...new Set(rules.map((rule) => JSON.stringify(rule)))].map((key) => ({
      key,
      definition: parseDefinition(JSON.parse(key), knowledge.known),
    }));
    const looking = { ...knowledge, workspaceId: workspace.id, asOf: at, profileIds: null };
    const rows = await rowsOf<{ segment_key: string; profile_id: string }>(
      database.db,
      wantedSql(looking, asked),
    );
    const found = Map.groupBy(rows, (row) => row.segment_key);
    const people = await loadPeople(database.db, { workspace, asOf: at, isPast: false }, ids);
    const setting = { asOf: at, zone: workspace.timezone, known: knowledge.known };
    for (const { key, definition } of asked) {
      const inMemory = people.filter((one) => evaluate(definition, one, setting).holds).map(({ id }) => id);
      const bySql = (found.get(key) ?? []).map((row) => row.profile_id);
      expect(bySql.sort(), key).toEqual(inMemory.sort());
    }
  }
});

/** Minutes before the moment: at it, at the ends of windows and a minute beside them, and ahead of it. */
const COMINGS = [[], [0], [-1], [59], [60], [61], [-1, 0], [60, 2_880], [2_879, 2_880, 2_881], [0, 60, 61]];

function someoneWith(given: unknown): Invented {
  const properties = { given, in: { given } };
  const events = [{ name: 'order_placed', minutesAgo: 30, value: null, properties }];
  return { traits: properties, events, consents: [], hasEmail: false };
}

function someoneAt(minutes: number[]): Invented {
  const events = minutes.map((minutesAgo, index) => ({
    name: 'page_viewed',
    minutesAgo,
    value: null,
    properties: { given: index % 2 ? 'other' : 'Kelvin' },
  }));
  return { traits: {}, events, consents: [], hasEmail: false };
}
