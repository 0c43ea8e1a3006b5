import type { Db } from '../../db/pool.ts';
import { orNull } from './budget.ts';
import { stageOfEveryone } from './differences.sql.ts';
import type { Knowledge } from './known.ts';
import type { Group, Stretch, Watched } from './looking.ts';
import { stageOfSome } from './moves.sql.ts';
import { stagedMemberships, unstage } from './staged.sql.ts';
import type { Part } from './verdicts.sql.ts';

/** How long a statement may take: over some people, and over everyone. */
export type Budget = { someMs: number; everyoneMs: number };
export const BUDGET: Budget = { someMs: 60_000, everyoneMs: 600_000 };

/** What a segment cost: people looked at (null: everyone), and its share of the time of the passes it was in. */
export type Cost = { people: number | null; ms: number };

export type Pass = {
  stretch: Stretch;
  knowledge: Knowledge;
  budget: Budget;
  costs: Map<string, Cost>;
  /** Of a second process, for work over everyone that somebody waits for. */
  withHelp: boolean;
};

/** People a statement: what is sent and held at once stays small however many there are. */
const PEOPLE_AT_ONCE = 10_000;

/**
 * Stages the differences of segments over some people. When a pass takes longer than it may, its groups and then its
 * segments are tried in halves until the guilty one is alone: gives those. Nothing of them stays staged.
 */
export async function stageGroups(db: Db, pass: Pass, groups: Group<Watched>[]): Promise<string[]> {
  const slow: string[] = [];
  const stage = async (some: Group<Watched>[]) =>
    await timed(db, pass, some, async (tx) => {
      const parts = some.map(({ people, segments }) => partOf(pass, people, segments));
      await stageOfSome(tx, pass.stretch.refreshId, parts);
    });
  for (const some of inStatements(groups)) slow.push(...(await findSlow(without(slow, some), stage)));
  return await leaveOut(db, pass, slow);
}

/** The same over everyone. */
export async function stageEveryone(db: Db, pass: Pass, segments: Watched[]): Promise<string[]> {
  const slow = await findSlow(
    [{ people: null, segments }],
    async ([everyone]) =>
      await timed(
        db,
        pass,
        [everyone!],
        async (tx) =>
          await stageOfEveryone(
            tx,
            pass.stretch.refreshId,
            partOf(pass, null, everyone!.segments),
            pass.withHelp,
          ),
      ),
  );
  return await leaveOut(db, pass, slow);
}

export function budgetOf(budget: Budget, people: string[] | null): number {
  return people === null ? budget.everyoneMs : budget.someMs;
}

type Asking = { people: string[] | null; segments: Watched[] };

function partOf<P extends string[] | null>({ stretch, knowledge }: Pass, profileIds: P, segments: Watched[]) {
  const { workspace, refreshId, asOf } = stretch;
  const staging = { workspaceId: workspace.id, refreshId, asOf, profileIds };
  const looking = {
    ...knowledge,
    workspaceId: workspace.id,
    asOf,
    profileIds,
    ...(profileIds && { haveFacts: true as const }),
    memberships: (key: string) => stagedMemberships(staging, key),
  };
  return { looking, asked: segments.map(({ key, node }) => ({ key, definition: node })) } satisfies Part;
}

/** Within the time it may take, else false. */
async function timed(db: Db, pass: Pass, asked: Asking[], work: (db: Db) => Promise<void>): Promise<boolean> {
  const { people } = asked[0]!;
  const startedAt = performance.now();
  const done = await orNull(
    db,
    { ms: budgetOf(pass.budget, people), isWhole: people === null },
    async (tx) => {
      await work(tx);
      return true;
    },
  );
  addCosts(pass.costs, asked, performance.now() - startedAt);
  return done === true;
}

/** Tries all, and in halves what does not come to an end. */
async function findSlow<A extends Asking>(
  asked: A[],
  stage: (asked: A[]) => Promise<boolean>,
): Promise<string[]> {
  if (asked.length === 0 || (await stage(asked))) return [];
  const { segments } = asked[0]!;
  if (asked.length > 1) return await inTurn(halvesOf(asked), stage);
  if (segments.length === 1) return [segments[0]!.key];
  return await inTurn(
    halvesOf(segments).map((half) => [{ ...asked[0]!, segments: half }]),
    stage,
  );
}

async function inTurn<A extends Asking>(
  halves: A[][],
  stage: (asked: A[]) => Promise<boolean>,
): Promise<string[]> {
  const slow: string[] = [];
  for (const half of halves) slow.push(...(await findSlow(without(slow, half), stage)));
  return slow;
}

function halvesOf<T>(all: T[]): T[][] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

function without<A extends Asking>(slow: string[], asked: A[]): A[] {
  return asked
    .map((one) => ({ ...one, segments: one.segments.filter(({ key }) => !slow.includes(key)) }))
    .filter(({ segments }) => segments.length > 0);
}

async function leaveOut(db: Db, { stretch }: Pass, slow: string[]): Promise<string[]> {
  const staging = { workspaceId: stretch.workspace.id, refreshId: stretch.refreshId };
  if (slow.length) await unstage(db, staging, slow);
  return slow;
}

/** Of the time of a statement each segment takes the share of the verdicts (people times segments) asked in it. */
function addCosts(costs: Map<string, Cost>, asked: Asking[], ms: number): void {
  const all = asked.reduce((sum, { people, segments }) => sum + (people?.length ?? 1) * segments.length, 0);
  for (const { people, segments } of asked)
    for (const { key } of segments) {
      const known: Cost = costs.get(key) ?? { people: 0, ms: 0 };
      const together = known.people === null || people === null ? null : known.people + people.length;
      costs.set(key, { people: together, ms: known.ms + (ms * (people?.length ?? 1)) / all });
    }
}

/** Large groups over several statements, small ones together in one. */
function inStatements<S>(groups: Group<S>[]): Group<S>[][] {
  const statements: Group<S>[][] = [];
  let room = 0;
  for (const group of groups.flatMap(inBatches)) {
    if (group.people.length > room) {
      statements.push([]);
      room = PEOPLE_AT_ONCE;
    }
    statements.at(-1)!.push(group);
    room -= group.people.length;
  }
  return statements;
}

function inBatches<S>({ people, segments }: Group<S>): Group<S>[] {
  const starts = Array.from(
    { length: Math.ceil(people.length / PEOPLE_AT_ONCE) },
    (_, index) => index * PEOPLE_AT_ONCE,
  );
  return starts.map((from) => ({ people: people.slice(from, from + PEOPLE_AT_ONCE), segments }));
}
