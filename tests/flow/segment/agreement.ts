import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { Invalid } from '../../../src/base/errors.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { hashId } from '../../../src/db/ids.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { loadKnowledge } from '../../../src/flow/segment/known.ts';
import { loadPeople } from '../../../src/flow/segment/people.sql.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { type Node, parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { insertCrowd, membersOf } from './crowd.ts';
import { changeCrowd } from './crowd-changes.ts';
import { peopleAround } from './random-people.ts';
import { rulesAround } from './random-rules.ts';

export type Trial = {
  timezone: string;
  start: Date;
  rules: number;
  people: number;
  /** How far the clock moves from one refresh to the next. */
  moves: number[];
  seed: number;
};
/** Where the evaluators do not agree, with all it takes to look at it again. */
export type Disagreement = { trial: Trial; asOf: Date; rule: string; profile: string; who: string };
export type Agreement = { rules: number; compared: number; differences: Disagreement[] };

type Judged = { key: string; node: Node };

/**
 * Random people in a workspace of its own, random rules as segments. At each move of the clock people change and a
 * refresh runs; then what it stored, a full computation in SQL, and an evaluation in memory have to be the same.
 */
export async function compareEvaluators(database: Database, trial: Trial): Promise<Agreement> {
  const id = hashId('trial', trial.timezone, trial.start.toISOString(), String(trial.seed));
  const workspace = await createWorkspace(database, { id, timezone: trial.timezone });
  const people = fc.sample(peopleAround(trial.start), { numRuns: trial.people, seed: trial.seed });
  await insertCrowd(database, workspace, people, trial.start);
  await createBases(database, workspace);
  const judged = await createRules(database, workspace, trial);
  const agreement: Agreement = { rules: judged.length, compared: 0, differences: [] };
  let asOf = trial.start;
  for (const [index, minutes] of [0, ...trial.moves].entries()) {
    asOf = new Date(asOf.getTime() + minutes * 60_000);
    // The last move is time alone.
    if (index > 0 && index < trial.moves.length)
      await changeCrowd({ database, workspace, at: asOf, share: 0.02, seed: trial.seed + index });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
    await compareAt({ database, workspace, trial, asOf, judged }, agreement);
  }
  return agreement;
}

type Comparing = { database: Database; workspace: Workspace; trial: Trial; asOf: Date; judged: Judged[] };

async function compareAt(given: Comparing, agreement: Agreement): Promise<void> {
  const { database, workspace, trial, asOf, judged } = given;
  const found = (rule: string, profile: string, who: string) =>
    agreement.differences.push({ trial, asOf, rule, profile, who });
  const ruleOf = new Map(judged.map(({ key, node }) => [key, JSON.stringify(node)]));
  for (const each of (await verifyWorkspace(database, workspace.id)).differences)
    if (each.type === 'facts') found('facts', each.profile, 'stored facts differ from the events');
    else
      found(
        ruleOf.get(each.segment) ?? each.segment,
        each.profile,
        `stored ${each.stored}, full SQL ${each.computed}`,
      );
  const people = await loadPeople(
    database.db,
    { workspace, asOf, isPast: false },
    await listAll(database, workspace.id),
  );
  const stored = await membersOf(database, workspace.id);
  const { known } = await loadKnowledge(database.db, workspace);
  const setting = { asOf, zone: workspace.timezone, known };
  for (const { key, node } of judged) {
    // Other trials of this process wait for leases meanwhile.
    await breathe();
    const members = stored.get(key) ?? new Set();
    const inMemory = new Set(people.filter((one) => evaluate(node, one, setting).holds).map(({ id }) => id));
    agreement.compared += people.length;
    for (const id of members.symmetricDifference(inMemory))
      found(ruleOf.get(key)!, id, `stored ${members.has(id)}, in memory ${inMemory.has(id)}`);
  }
}

/** Three segments that rules may name, each naming the one before. */
async function createBases(database: Database, workspace: Workspace): Promise<void> {
  const bases: [key: string, definition: object][] = [
    ['base', { event: '*', within: { last: '7d' } }],
    ['second', { segment: 'base', is: 'out' }],
    [
      'third',
      {
        any: [
          { segment: 'second', is: 'in', for: '1d' },
          { trait: 'ends', op: 'within', value: { next: '7d' } },
        ],
      },
    ],
  ];
  for (const [key, definition] of bases)
    await createSegment(database.db, workspace, { key, name: key, definition });
}

/** As many rules as asked for that are no nonsense: those are refused, with a path. */
async function createRules(database: Database, workspace: Workspace, trial: Trial): Promise<Judged[]> {
  const { known } = await loadKnowledge(database.db, workspace);
  const sampled = fc.sample(rulesAround(trial.start), { numRuns: trial.rules * 3, seed: trial.seed });
  const judged = sampled
    .flatMap((rule) => parseOrRefuse(rule, known))
    .slice(0, trial.rules)
    .map((node, index) => ({ key: `r${index}`, node }));
  for (const { key, node } of judged)
    await createSegment(database.db, workspace, { key, name: key, definition: node });
  return judged;
}

function parseOrRefuse(rule: unknown, known: Parameters<typeof parseDefinition>[1]): Node[] {
  try {
    return [parseDefinition(rule, known)];
  } catch (error) {
    if (error instanceof Invalid) return [];
    throw error;
  }
}

async function listAll(database: Database, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    database.db,
    sql`select id from profiles where workspace_id = ${workspaceId}`,
  );
  return rows.map((row) => row.id);
}
