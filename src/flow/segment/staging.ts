import type { Db } from '../../db/pool.ts';
import { orNull } from './budget.ts';
import type { Knowledge } from './known.ts';
import type { Stretch, Watched } from './looking.ts';
import { stagedMemberships, unstage } from './staged.sql.ts';
import { stageDifferences } from './verdicts.sql.ts';

/** How long a statement may take: over some people, and over everyone. */
export type Budget = { someMs: number; everyoneMs: number };
export const BUDGET: Budget = { someMs: 60_000, everyoneMs: 600_000 };

/** What a segment cost: people looked at (null: everyone), and its share of the time of the passes it was in. */
export type Cost = { people: number | null; ms: number };

/** People a statement: what is sent and held at once stays small however many there are. */
const PEOPLE_AT_ONCE = 10_000;

/**
 * Stages the differences of segments over some people (null: everyone). When a pass takes longer than it may, its
 * segments are tried in halves until the guilty one is alone: gives those. Nothing of them stays staged.
 */
export async function stageOver(
  db: Db,
  pass: { stretch: Stretch; knowledge: Knowledge; budget: Budget; costs: Map<string, Cost> },
  people: string[] | null,
  segments: Watched[],
): Promise<string[]> {
  const { workspace, asOf, refreshId } = pass.stretch;
  const base = { ...pass.knowledge, workspaceId: workspace.id, asOf };
  const slow = new Set<string>();
  for (const profileIds of inBatches(people)) {
    const staging = { workspaceId: workspace.id, refreshId, asOf, profileIds };
    const looking = { ...base, profileIds, memberships: (key: string) => stagedMemberships(staging, key) };
    const limit = { ms: budgetOf(pass.budget, profileIds), isWhole: profileIds === null };
    const stage = async (asked: Watched[]) => {
      const startedAt = performance.now();
      const definitions = asked.map(({ key, node }) => ({ key, definition: node }));
      const done = await orNull(db, limit, async (tx) => {
        await stageDifferences(tx, looking, refreshId, definitions);
        return true;
      });
      addCosts(pass.costs, asked, { people: profileIds?.length ?? null, ms: performance.now() - startedAt });
      return done === true;
    };
    const left = segments.filter(({ key }) => !slow.has(key));
    for (const one of await findSlow(left, stage)) slow.add(one.key);
  }
  if (slow.size) await unstage(db, { workspaceId: workspace.id, refreshId }, [...slow]);
  return [...slow];
}

export function budgetOf(budget: Budget, people: string[] | null): number {
  return people === null ? budget.everyoneMs : budget.someMs;
}

/** Tries all, and in halves what does not come to an end. */
async function findSlow<S>(asked: S[], stage: (asked: S[]) => Promise<boolean>): Promise<S[]> {
  if (asked.length === 0 || (await stage(asked))) return [];
  if (asked.length === 1) return asked;
  const middle = Math.ceil(asked.length / 2);
  return [
    ...(await findSlow(asked.slice(0, middle), stage)),
    ...(await findSlow(asked.slice(middle), stage)),
  ];
}

function addCosts(costs: Map<string, Cost>, asked: Watched[], pass: Cost): void {
  for (const { key } of asked) {
    const known: Cost = costs.get(key) ?? { people: 0, ms: 0 };
    const people = known.people === null || pass.people === null ? null : known.people + pass.people;
    costs.set(key, { people, ms: known.ms + pass.ms / asked.length });
  }
}

function inBatches(people: string[] | null): (string[] | null)[] {
  if (people === null) return [null];
  const starts = Array.from(
    { length: Math.ceil(people.length / PEOPLE_AT_ONCE) },
    (_, index) => index * PEOPLE_AT_ONCE,
  );
  return starts.map((from) => people.slice(from, from + PEOPLE_AT_ONCE));
}
