import type { Watched } from './looking.ts';

/** Segments that are looked at for some people; null: everyone. */
export type Asking = { people: string[] | null; segments: Watched[] };

/** Tries all, and in halves what does not come to an end. Gives the segments that do not even alone. */
export async function findSlow<A extends Asking>(
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

export function without<A extends Asking>(slow: string[], asked: A[]): A[] {
  return asked
    .map((one) => ({ ...one, segments: one.segments.filter(({ key }) => !slow.includes(key)) }))
    .filter(({ segments }) => segments.length > 0);
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
