import type { Database, Db } from '../../db/pool.ts';
import { bothOf, withReader } from '../../db/reader.ts';
import { type Excess, withinBudget } from './budget.ts';
import { stageOfEveryone } from './differences.sql.ts';
import { type Asking, findGuilty, type Guilty, without } from './halving.ts';
import type { Knowledge } from './known.ts';
import { segmentsNamedIn } from './layers.ts';
import type { Group, Stretch, Watched } from './looking.ts';
import { type Moves, readMoves, stageMoves, stageOfSome } from './moves.sql.ts';
import { stagedMemberships, unstage } from './staged.sql.ts';
import { type Turn, turnsOf } from './turns.ts';
import type { Part } from './verdicts.sql.ts';

/** How long a statement may take: over some people, and over everyone. */
export type Budget = { someMs: number; everyoneMs: number };
export const BUDGET: Budget = { someMs: 60_000, everyoneMs: 600_000 };

/** What a segment cost: people looked at (null: everyone), and its share of the time of the passes it was in. */
export type Cost = { people: number | null; ms: number };

export type Pass = {
  /** For what is looked at beside the transaction. */
  database: Database;
  stretch: Stretch;
  knowledge: Knowledge;
  budget: Budget;
  costs: Map<string, Cost>;
  /** Of a second process, for work over everyone that somebody waits for. */
  withHelp: boolean;
};

/**
 * Stages the differences of segments over some people. When a pass comes to no result, its groups and then its segments
 * are tried in halves until the guilty one is alone: gives those. Nothing of them stays staged. `bound`: groups
 * of people of whom this transaction has written something; others are looked at on a second connection meanwhile,
 * unless their segments name others, of which something may be staged.
 */
export async function stageGroups(
  db: Db,
  pass: Pass,
  { bound, others }: { bound: Group<Watched>[]; others: Group<Watched>[] },
): Promise<Guilty> {
  const { free = [], naming = [] } = Object.groupBy(others, ({ segments }) =>
    segments.some(({ node }) => segmentsNamedIn(node).length > 0) ? 'naming' : 'free',
  );
  let guilty: Guilty = new Map();
  for (const { here, beside } of turnsOf([...bound, ...naming], free)) {
    const turn = { here: without(guilty, here), beside: without(guilty, beside) };
    guilty = new Map([...guilty, ...(await takeTurn(db, pass, turn))]);
  }
  return await leaveOut(db, pass, guilty);
}

async function takeTurn(db: Db, pass: Pass, { here, beside }: Turn<Watched>): Promise<Guilty> {
  const [guilty, read] = await bothOf(stage(db, pass, here), readBeside(pass, beside));
  if (read === null) return new Map([...guilty, ...(await stage(db, pass, without(guilty, beside)))]);
  for (const moves of read.moves) await stageMoves(db, pass.stretch.refreshId, moves);
  return new Map([...guilty, ...read.guilty]);
}

async function stage(db: Db, pass: Pass, groups: Group<Watched>[]): Promise<Guilty> {
  return await findGuilty(
    groups,
    async (some) =>
      await timed(db, pass, some, async (tx) => {
        await stageOfSome(tx, pass.stretch.refreshId, partsOf(pass, some));
      }),
  );
}

/** What `stage` would stage, and whom it would find guilty; null where no connection is free. */
async function readBeside(
  pass: Pass,
  groups: Group<Watched>[],
): Promise<{ moves: Moves[]; guilty: Guilty } | null> {
  if (groups.length === 0) return { moves: [], guilty: new Map() };
  return await withReader(pass.database, async (reader) => {
    const moves: Moves[] = [];
    const read = async (some: Group<Watched>[]) =>
      await timed(reader, pass, some, async (tx) => {
        moves.push(await readMoves(tx, partsOf(pass, some)));
      });
    return { guilty: await findGuilty(groups, read), moves };
  });
}

/** The same over everyone. */
export async function stageEveryone(db: Db, pass: Pass, segments: Watched[]): Promise<Guilty> {
  const guilty = await findGuilty(
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
  return await leaveOut(db, pass, guilty);
}

export function budgetOf(budget: Budget, people: string[] | null): number {
  return people === null ? budget.everyoneMs : budget.someMs;
}

function partsOf(pass: Pass, groups: Group<Watched>[]) {
  return groups.map(({ people, segments }) => partOf(pass, people, segments));
}

function partOf<P extends string[] | null>({ stretch, knowledge }: Pass, profileIds: P, segments: Watched[]) {
  const { workspace, refreshId, before, asOf } = stretch;
  const staging = { workspaceId: workspace.id, refreshId, before, asOf, profileIds };
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

/** Null once it is done, else what kept it from that. */
async function timed(
  db: Db,
  pass: Pass,
  asked: Asking[],
  work: (db: Db) => Promise<void>,
): Promise<Excess | null> {
  const { people } = asked[0]!;
  const startedAt = performance.now();
  const limit = { ms: budgetOf(pass.budget, people), isWhole: people === null };
  const done = await withinBudget(db, limit, work);
  addCosts(pass.costs, asked, performance.now() - startedAt);
  return 'excess' in done ? done.excess : null;
}

async function leaveOut(db: Db, pass: Pass, guilty: Guilty): Promise<Guilty> {
  const { workspace, refreshId } = pass.stretch;
  if (guilty.size) await unstage(db, { workspaceId: workspace.id, refreshId }, [...guilty.keys()]);
  return guilty;
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
