import { adjustChances, differenceChance, effectSize } from '../base/statistics.ts';
import type { Finding, InsightBody } from '../flow/segment/insights.ts';

/** A thing, and how many of the members and of the people drawn from everyone have it. */
export type Held = Pick<Finding, 'group' | 'name' | 'value'> & { members: number; drawn: number };
type Sample = InsightBody['sample'];

/** Fewer on either side are an anecdote. */
export const FEWEST_PEOPLE = 30;
/** A thing that fewer have says nothing about a segment, and could point at a person. */
export const FEWEST_HOLDERS = 20;
/** What is kept of the corrected chances: about one in twenty of such is chance. */
export const CHANCE_LIMIT = 0.05;
/** Of what stands out, so many of the strongest are kept. */
export const MOST_KEPT = 60;

/**
 * Members against those who are not in the segment, thing by thing; all chances are corrected together, and what
 * stands out comes with the largest effect first. `held` are the things of the members, `everyones` of everyone.
 */
export function findDifferences(
  held: Held[],
  everyones: Held[],
  sample: Sample,
): Pick<InsightBody, 'compared' | 'findings'> {
  if (Math.min(sample.lookedAtMembers, sample.lookedAtOthers) < FEWEST_PEOPLE)
    return { compared: 0, findings: [] };
  const both = pair(held, everyones).filter((one) => one.members + one.others >= FEWEST_HOLDERS);
  const chances = adjustChances(both.map((one) => chanceOf(one, sample)));
  const findings = both
    .map((one, index) => ({ ...one, ...strengthOf(one, sample), chance: chances[index]! }))
    .filter((one) => one.chance <= CHANCE_LIMIT)
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, MOST_KEPT);
  return { compared: both.length, findings };
}

type Pair = Pick<Finding, 'group' | 'name' | 'value' | 'members' | 'others'>;

/** Others: those drawn from everyone less the members among them. */
function pair(held: Held[], everyones: Held[]): Pair[] {
  const mine = new Map(held.map((one) => [keyOf(one), one]));
  const known = new Set(everyones.map(keyOf));
  const rare = held.filter((one) => !known.has(keyOf(one)));
  return [...everyones, ...rare].map((one) => {
    const { members = 0, drawn = 0 } = mine.get(keyOf(one)) ?? {};
    const { group, name, value } = one;
    return { group, name, value, members, others: Math.max(0, one.drawn - drawn) };
  });
}

function keyOf({ group, name, value }: Pick<Held, 'group' | 'name' | 'value'>): string {
  return JSON.stringify([group, name, value]);
}

function chanceOf(one: Pair, sample: Sample): number {
  return differenceChance(
    { count: one.members, of: sample.lookedAtMembers },
    { count: one.others, of: sample.lookedAtOthers },
  );
}

function strengthOf(one: Pair, sample: Sample): Pick<Finding, 'ratio' | 'effect'> {
  const share = one.members / sample.lookedAtMembers;
  const everyones = shareOfEveryone(one, sample);
  return {
    ratio: everyones === 0 ? null : share / everyones,
    effect: effectSize(share, one.others / sample.lookedAtOthers),
  };
}

/** From both sides, each for as many as it stands for. */
export function shareOfEveryone(one: Pick<Finding, 'members' | 'others'>, sample: Sample): number {
  const inside = (one.members / sample.lookedAtMembers) * sample.members;
  const outside = (one.others / sample.lookedAtOthers) * sample.others;
  return (inside + outside) / (sample.members + sample.others);
}
