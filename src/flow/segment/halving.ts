import type { Excess } from './budget.ts';
import type { Watched } from './looking.ts';

/** Segments that are looked at for some people; null: everyone. */
export type Asking = { people: string[] | null; segments: Watched[] };

/** Segments that come to no result even alone, and why. */
export type Guilty = Map<string, Excess>;

/** Tries all, and in halves what comes to no result. */
export async function findGuilty<A extends Asking>(
  asked: A[],
  stage: (asked: A[]) => Promise<Excess | null>,
): Promise<Guilty> {
  const excess = asked.length > 0 ? await stage(asked) : null;
  if (excess === null) return new Map();
  const { segments } = asked[0]!;
  if (asked.length > 1) return await inTurn(halvesOf(asked), stage);
  if (segments.length === 1) return new Map([[segments[0]!.key, excess]]);
  return await inTurn(
    halvesOf(segments).map((half) => [{ ...asked[0]!, segments: half }]),
    stage,
  );
}

export function without<A extends Asking>(guilty: Guilty, asked: A[]): A[] {
  return asked
    .map((one) => ({ ...one, segments: one.segments.filter(({ key }) => !guilty.has(key)) }))
    .filter(({ segments }) => segments.length > 0);
}

async function inTurn<A extends Asking>(
  halves: A[][],
  stage: (asked: A[]) => Promise<Excess | null>,
): Promise<Guilty> {
  const guilty: Guilty = new Map();
  for (const half of halves)
    for (const [key, excess] of await findGuilty(without(guilty, half), stage)) guilty.set(key, excess);
  return guilty;
}

function halvesOf<T>(all: T[]): T[][] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
