import { WORTH_A_READER } from '../../db/reader.ts';
import type { Group } from './looking.ts';

/** Groups for one statement, and those for another that runs beside it. */
export type Turn<S> = { here: Group<S>[]; beside: Group<S>[] };

/** People a statement: what is sent and held at once stays small however many there are. */
const PEOPLE_AT_ONCE = 10_000;

/**
 * Shares groups out so that two connections look at about as many people each. `bound`: what can be looked at here only.
 * Large groups go over several statements, small ones together into one.
 */
export function turnsOf<S>(bound: Group<S>[], free: Group<S>[]): Turn<S>[] {
  const { here, beside } = shareOut(bound.flatMap(inBatches), free.flatMap(inBatches));
  const [ours, theirs] = [inStatements(here), inStatements(beside)];
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => ({
    here: ours[index] ?? [],
    beside: theirs[index] ?? [],
  }));
}

/** The largest first, each to whoever has less. */
function shareOut<S>(bound: Group<S>[], free: Group<S>[]): Turn<S> {
  const [here, beside] = [[...bound], [] as Group<S>[]];
  for (const group of free.toSorted((a, b) => b.people.length - a.people.length))
    (peopleIn(here) > peopleIn(beside) ? beside : here).push(group);
  return peopleIn(beside) < WORTH_A_READER ? { here: [...here, ...beside], beside: [] } : { here, beside };
}

function inStatements<S>(groups: Group<S>[]): Group<S>[][] {
  const statements: Group<S>[][] = [];
  let room = 0;
  for (const group of groups) {
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

function peopleIn(groups: Group<unknown>[]): number {
  return groups.reduce((sum, { people }) => sum + people.length, 0);
}
