import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Invalid } from '../../../src/base/errors.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { loadKnowledge } from '../../../src/flow/segment/known.ts';
import { loadPeople } from '../../../src/flow/segment/people.sql.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { type Node, parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { wantedSql } from '../../../src/flow/segment/verdicts.sql.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Invented, insertCrowd, membersOf, person, rule, writeTraits } from './crowd.ts';

const RULES = 150;
const PEOPLE = 40;
/** Days on which clocks change, a leap day, and the turn of a year. */
const MOMENTS: [zone: string, asOf: string][] = [
  ['Europe/Berlin', '2026-10-25T01:30:00Z'],
  ['America/Sao_Paulo', '2026-03-29T03:00:00Z'],
  ['Pacific/Auckland', '2026-04-04T13:30:00Z'],
  ['Africa/Cairo', '2026-04-23T22:00:00Z'],
  ['America/New_York', '2026-11-22T12:00:00Z'],
];

describe('evaluation in memory and in SQL', async () => {
  const { database } = await createTestDatabase();

  it.each(MOMENTS)('agree on random rules and people in %s at %s', async (timezone, asOf) => {
    const at = new Date(asOf);
    const workspace = await createWorkspace(database, { timezone });
    const ids = await insertCrowd(database, workspace, fc.sample(person, PEOPLE), at);
    await createBases(database, workspace);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: at });
    const judge = await judgeOf(database, workspace, ids, at);
    const tested = fc.sample(rule, RULES).flatMap((one) => judge.parse(one) ?? []);
    expect(tested.length).toBeGreaterThan(RULES / 2);
    for (const node of tested)
      expect(await judge.bySql(node), JSON.stringify(node)).toEqual(judge.inMemory(node));
  });
});

describe('what a refresh stores', async () => {
  const { database } = await createTestDatabase();

  it.each(MOMENTS.slice(0, 3))(
    'equals a computation from nothing after edits and moves of the clock in %s',
    async (timezone, start) => {
      const workspace = await createWorkspace(database, { timezone });
      let at = new Date(start);
      const ids = await insertCrowd(database, workspace, fc.sample(person, PEOPLE), at);
      await createBases(database, workspace);
      const rules = fc.sample(rule, 25);
      for (const [index, definition] of rules.entries())
        await createSegment(database.db, workspace, {
          key: `r${index}`,
          name: `R${index}`,
          definition,
        }).catch(refused);
      for (const minutes of [0, 1, 61, 1440, 1500, 11_000, 44_000]) {
        at = new Date(at.getTime() + minutes * 60_000);
        await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: at });
        expect(
          (await verifyWorkspace(database, workspace.id)).differences,
          `after ${minutes} minutes`,
        ).toEqual([]);
        const judge = await judgeOf(database, workspace, ids, at);
        const stored = await membersOf(database, workspace.id);
        for (const [index, definition] of rules.entries()) {
          const node = judge.parse(definition);
          if (!node) continue;
          expect(stored.get(`r${index}`) ?? new Set(), JSON.stringify(node)).toEqual(judge.inMemory(node));
        }
        const edited = fc
          .sample(person, 3)
          .map((one: Invented, index) => ({ id: ids[index]!, traits: one.traits }));
        await writeTraits(database, workspace, edited, at);
        ids.push(...(await insertCrowd(database, workspace, fc.sample(person, 2), at)));
      }
    },
  );
});

/** Two segments that rules may name, one naming the other. */
async function createBases(database: Database, workspace: Workspace): Promise<void> {
  await createSegment(database.db, workspace, {
    key: 'base',
    name: 'Base',
    definition: { event: '*', within: { last: '7d' } },
  });
  await createSegment(database.db, workspace, {
    key: 'second',
    name: 'Second',
    definition: { segment: 'base', is: 'out' },
  });
}

function refused(error: unknown): void {
  if (!(error instanceof Invalid)) throw error;
}

async function judgeOf(database: Database, workspace: Workspace, ids: string[], asOf: Date) {
  const knowledge = await loadKnowledge(database.db, workspace);
  const people = await loadPeople(database.db, { workspace, asOf, isPast: false }, ids);
  const setting = { asOf, zone: workspace.timezone, known: knowledge.known };
  const looking = { ...knowledge, workspaceId: workspace.id, asOf, profileIds: null };
  return {
    parse: (given: unknown): Node | null => {
      try {
        return parseDefinition(given, knowledge.known);
      } catch (error) {
        refused(error);
        return null;
      }
    },
    inMemory: (node: Node) =>
      new Set(people.filter((one) => evaluate(node, one, setting).holds).map((one) => one.id)),
    bySql: async (node: Node) => {
      const statement = sql`select w.profile_id as id from (${wantedSql(looking, [{ key: 'x', definition: node }])}) w`;
      return new Set((await rowsOf<{ id: string }>(database.db, statement)).map((row) => row.id));
    },
  };
}
