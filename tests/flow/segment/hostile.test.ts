import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { Invalid } from '../../../src/base/errors.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { loadKnowledge } from '../../../src/flow/segment/known.ts';
import { loadPeople } from '../../../src/flow/segment/people.sql.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { type Node, parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { wantedSql } from '../../../src/flow/segment/verdicts.sql.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Invented, insertCrowd } from './crowd.ts';

const at = new Date('2026-11-22T12:00:00Z');

/** Texts that break carelessly written SQL, JSON paths, patterns and objects, by what each tries. */
const HOSTILE: Record<string, string> = {
  quotes: `o'clock "twelve" \`now\``,
  'a parameter': '$1',
  'another statement': '"; drop table profiles; --',
  'a comment': "x' or 1=1 /*",
  'a pattern': '%_\\',
  'a path': '$.a[*] ? (@ > 1)',
  dots: '..a..b..',
  'a backslash': 'a\\',
  emoji: '👩‍👩‍👧 🇩🇪',
  'a prototype': '__proto__',
  'a constructor': 'constructor',
  'an inherited name': 'toString',
  'right to left': '\u202Etxt.exe',
  braces: '{a,"b",NULL}',
  'a control character': 'a\u0001b\u007F',
  'combining letters': 'e\u0301',
  'a dotted capital': 'İI',
  blanks: ' \t\n ',
  'a long text': 'x'.repeat(200),
};
/** Refused wherever they stand: Postgres cannot hold them, or nobody can read them. */
const REFUSED: Record<string, string> = {
  NUL: 'a\u0000b',
  'half a character': 'a\uD800',
  'the other half': '\uDC00b',
  'ten thousand letters': 'x'.repeat(10_240),
  'ten thousand emoji': '👩'.repeat(10_240),
};

/** Every place of the rule language that takes a text of somebody's own, by kind of condition. */
const PLACES: Record<string, (text: string) => object> = {
  'the name of a trait': (text) => ({ trait: text, op: 'eq', value: 'v' }),
  'the value of a trait': (text) => ({ trait: 'given', op: 'eq', value: text }),
  'a list of values': (text) => ({ trait: 'given', op: 'notIn', value: [text, 'v'], unset: 'yes' }),
  'a part of a text': (text) => ({ trait: 'given', op: 'contains', value: text }),
  'the start of a text': (text) => ({ trait: 'given', op: 'startsWith', value: text }),
  'the end of a text': (text) => ({ trait: 'given', op: 'endsWith', value: text }),
  'a part that must not be': (text) => ({ trait: 'given', op: 'notContains', value: text }),
  'an order': (text) => ({ trait: 'given', op: 'gte', value: text }),
  'the value of a fact': (text) => ({ fact: 'first_channel', op: 'ne', value: text, unset: 'yes' }),
  'the name of an event': (text) => ({ event: text, count: { op: 'eq', value: 0 } }),
  'the name of a property': (text) => ({
    event: 'order_placed',
    where: [{ property: text, op: 'eq', value: 'v' }],
  }),
  'the value of a property': (text) => ({
    event: 'order_placed',
    where: [{ property: 'given', op: 'eq', value: text }],
  }),
  'a path to a property': (text) => ({
    event: 'order_placed',
    where: [{ property: `a.${text}`, op: 'set' }],
  }),
  'what is summed': (text) => ({ event: 'order_placed', sum: { property: text, op: 'gte', value: 0 } }),
  'what is averaged': (text) => ({
    event: 'order_placed',
    avg: { property: `a.${text}`, op: 'gte', value: 0 },
  }),
  'a first event': (text) => ({
    event: '*',
    first: true,
    where: [{ property: text, op: 'ne', value: text }],
  }),
  'a step of a sequence': (text) => ({
    sequence: [
      { event: 'order_placed', where: [{ property: 'given', op: 'eq', value: text }] },
      { event: text, within: '7d', not: true },
    ],
  }),
  'the topic of a consent': (text) => ({ consent: 'email', topic: text, is: 'granted' }),
  'the key of a segment': (text) => ({ segment: text, is: 'in' }),
  'the key of a source': (text) => ({ source: text, is: 'seen' }),
  'the kind of an identifier': (text) => ({ identifier: text, is: 'present' }),
  'a channel': (text) => ({ consent: text, is: 'granted' }),
  'an operator': (text) => ({ trait: 'given', op: text, value: 'v' }),
  'a window': (text) => ({ event: 'order_placed', within: { last: text } }),
  'a date': (text) => ({ trait: 'given', op: 'before', value: text }),
  'an unknown key': (text) => ({ trait: 'given', op: 'set', [text]: 'v' }),
  'a kind of condition': (text) => ({ [text]: 'v' }),
};
const CASES = Object.entries(PLACES);

describe('a rule with hostile names and values', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;
  let ids: string[];

  beforeAll(async () => {
    workspace = await createWorkspace(database);
    ids = await insertCrowd(database, workspace, Object.values(HOSTILE).flatMap(peopleWith), at);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: at });
  });

  it.each(CASES)('in %s is refused with a path, or says what memory says', async (_place, ruleOf) => {
    const knowledge = await loadKnowledge(database.db, workspace);
    const nodes = Object.values(HOSTILE).flatMap((text) => parsed(ruleOf(text), knowledge.known));
    const people = await loadPeople(database.db, { workspace, asOf: at, isPast: false }, ids);
    const setting = { asOf: at, zone: workspace.timezone, known: knowledge.known };
    for (const node of nodes) {
      const inMemory = people.filter((one) => evaluate(node, one, setting).holds).map(({ id }) => id);
      const looking = { ...knowledge, workspaceId: workspace.id, asOf: at, profileIds: null };
      const statement = sql`select w.profile_id as id from (${wantedSql(looking, [{ key: 'x', definition: node }])}) w`;
      const bySql = (await rowsOf<{ id: string }>(database.db, statement)).map(({ id }) => id);
      expect(bySql.sort(), JSON.stringify(node)).toEqual(inMemory.sort());
    }
  });

  it.each(CASES)(
    'that cannot be kept in %s is refused, and where it stands is said',
    async (_place, ruleOf) => {
      const { known } = await loadKnowledge(database.db, workspace);
      for (const [what, text] of Object.entries(REFUSED)) {
        const issues = issuesOf(() => parseDefinition({ all: [ruleOf(text)] }, known));
        expect(issues.length, what).toBeGreaterThan(0);
        for (const { path } of issues) expect(path, what).toMatch(/^all\.0/);
      }
    },
  );

  it('finds people by the names and values themselves', async () => {
    const { known } = await loadKnowledge(database.db, workspace);
    for (const text of Object.values(HOSTILE)) {
      const [node] = parsed({ trait: 'given', op: 'eq', value: text }, known);
      const people = await loadPeople(database.db, { workspace, asOf: at, isPast: false }, ids);
      const setting = { asOf: at, zone: workspace.timezone, known };
      expect(people.filter((one) => evaluate(node!, one, setting).holds).length, text).toBeGreaterThan(0);
    }
  });

  it('refuses a name that is empty, too long or in another form, and an object with a forged prototype', () => {
    const forged = JSON.parse('{"trait": "plan", "op": "set", "__proto__": {"op": "eq"}}');
    const bad = [
      forged,
      { trait: '', op: 'set' },
      { trait: 7, op: 'set' },
      { trait: { $ne: '' }, op: 'set' },
    ];
    const nested = [
      { trait: 'plan', op: 'eq', value: { $gt: '' } },
      { trait: 'plan', op: 'in', value: [[]] },
    ];
    for (const rule of [...bad, ...nested, [], null, 'drop', { all: { length: 1 } }])
      expect(issuesOf(() => parseDefinition(rule)).length, JSON.stringify(rule)).toBeGreaterThan(0);
  });
});

/** One who has the text as a value, one who has it as a name, one who has it inside a list of objects. */
function peopleWith(text: string): Invented[] {
  const own = (value: unknown) => Object.fromEntries([[text, value]]);
  const bags: Record<string, unknown>[] = [
    { given: text },
    own('v'),
    { a: [own(5), own([text, 'v'])], given: [text, 7] },
  ];
  const consents = [{ channel: 'email', topic: text, state: 'granted', minutesAgo: 5 }];
  return bags.map((properties) => ({
    traits: properties,
    events: [{ name: 'order_placed', minutesAgo: 20_000, value: '5', properties }],
    consents,
    hasEmail: false,
  }));
}

function parsed(rule: unknown, known: Parameters<typeof parseDefinition>[1]): Node[] {
  let node: Node | null = null;
  const issues = issuesOf(() => {
    node = parseDefinition(rule, known);
  });
  for (const { path, message } of issues) expect(path.length, message).toBeGreaterThan(0);
  return node ? [node] : [];
}

/** What was wrong; anything but a refusal with reasons is a failure. */
function issuesOf(work: () => unknown): { path: string; message: string }[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof Invalid) return error.issues;
    throw error;
  }
}
