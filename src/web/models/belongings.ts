import type { Belonging } from '../../flow/segment/why-all.ts';
import { decisionWords, type Names } from './by-hand.ts';
import { type Eyes, moment } from './people.ts';
import { takesWords, type WhyNode, whyModel } from './why.ts';

/** Near misses that stand open on the page of a person; the others are folded away. */
const MOST_NEAR = 5;

export type BelongingModel = {
  name: string;
  href: string;
  why: string;
  /** "since 3 May 2026, 10:00 · ends by itself on …", or what it would take. */
  note: string;
  byHand: string | null;
  tree: WhyNode;
};

/** Of whom, for whose eyes, and what colleagues are called. */
type Looked = { profileId: string; eyes: Eyes; names: Names };

/**
 * Every segment for the page of one person: what they are in as published, with the reason, the nearest misses,
 * and the rest.
 */
export function belongingsModel(
  belongings: Belonging[],
  published: { key: string; enteredAt: Date }[],
  { profileId, eyes, names }: Looked,
) {
  const since = new Map(published.map(({ key, enteredAt }) => [key, enteredAt]));
  const draw = (one: Belonging) => drawOne(one, since.get(one.key) ?? null, { profileId, eyes, names });
  const members = belongings.filter(({ key, member }) => member || since.has(key));
  const others = belongings.filter((one) => !members.includes(one));
  const near = others.filter(({ sure }) => sure).slice(0, MOST_NEAR);
  return {
    members: members.map(draw),
    near: near.map(draw),
    rest: others.filter((one) => !near.includes(one)).map(draw),
  };
}

function drawOne(one: Belonging, since: Date | null, { profileId, eyes, names }: Looked): BelongingModel {
  const href = `/segments/${encodeURIComponent(one.key)}`;
  return {
    name: one.name,
    href,
    why: `${href}/why/${profileId}`,
    note: one.member || since ? memberNote(one, since, eyes) : takesWords(one.nearest, eyes),
    byHand: one.byHand ? decisionWords(one.byHand, names, eyes) : null,
    tree: whyModel(one.tree, eyes),
  };
}

/** What is published and what the rule says now may differ until the next refresh; both are told. */
function memberNote({ member, until }: Belonging, since: Date | null, eyes: Eyes): string {
  if (!member) return `since ${moment(since, eyes).text}, and comes out with the next refresh`;
  if (!since) return 'comes in with the next refresh';
  const end = until ? `, ends by itself on ${moment(until, eyes).text}` : '';
  return `since ${moment(since, eyes).text}${end}`;
}
