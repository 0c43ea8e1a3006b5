import type { Db } from '../db/pool.ts';
import type { Finding } from '../flow/segment/insights.ts';
import type { Held } from './segment-differences.ts';
import {
  type LookedAt,
  type Thing as Read,
  readChannels,
  readEvents,
  readProducts,
  readSources,
  readTraits,
} from './segment-holders.sql.ts';

/** Something that people have, and the places of those people in the list they were asked for by. */
export type Thing = { group: Finding['group'] } & Read;

const KINDS = [
  ['trait', readTraits],
  ['product', readProducts],
  ['channel', readChannels],
  ['source', readSources],
  ['event', readEvents],
] as const;

/** What some people have. Read once for everyone, and each segment of a night is counted from it. */
export async function readThings(db: Db, people: LookedAt): Promise<Thing[]> {
  const found: Thing[] = [];
  if (people.ids.length === 0) return found;
  for (const [group, read] of KINDS)
    for (const one of await read(db, people)) found.push({ ...one, group: group satisfies Finding['group'] });
  return found;
}

/** Of everyone: each person drawn counts. */
export function countDrawn(things: Thing[]): Held[] {
  return things.map(({ who, ...thing }) => ({ ...thing, members: 0, drawn: who.length }));
}

/**
 * How many of the members, and how many of those among the people drawn, have what. `outside` is what members have
 * who were not drawn: it was read for them alone.
 */
export function countHeld(
  drawn: { ids: string[]; things: Thing[] },
  people: { members: Set<string>; among: Set<string> },
  outside: Thing[],
): Held[] {
  const isMember = drawn.ids.map((id) => people.members.has(id));
  const isAmong = drawn.ids.map((id) => people.among.has(id));
  const counted = new Map<string, Held>();
  for (const { who, ...thing } of drawn.things) {
    const held = { ...thing, members: 0, drawn: 0 };
    for (const place of who) {
      if (isMember[place]) held.members += 1;
      if (isAmong[place]) held.drawn += 1;
    }
    if (held.members + held.drawn > 0) counted.set(keyOf(thing), held);
  }
  for (const { who, ...thing } of outside) {
    const held = counted.get(keyOf(thing)) ?? { ...thing, members: 0, drawn: 0 };
    counted.set(keyOf(thing), { ...held, members: held.members + who.length });
  }
  return [...counted.values()];
}

function keyOf({ group, name, value }: Pick<Held, 'group' | 'name' | 'value'>): string {
  return JSON.stringify([group, name, value]);
}
