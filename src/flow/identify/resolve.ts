import type { Component, Group, Link, Refusal, Resolution } from './component.ts';
import { compareText, type IdentifierKey, identifierOf, priorityOf } from './kinds.ts';
import { nodeFor, splitPhones } from './phones.ts';
import { chooseProfileIds } from './profile-ids.ts';
import { breaksLimit, breaksParting, joinSets, makeSets, rootOf, type Sets } from './sets.ts';

/**
 * Who is who among linked identifiers. A pure function of what was seen: whatever order it came in, alone or in
 * batches, the same people come out. Links are taken by the weaker end's priority, then first time, then value,
 * and join unless that breaks a limit or a parting.
 */
export function resolve(component: Component): Resolution {
  const phones = splitPhones(component.links);
  const nodes = new Set(component.identifiers.map(({ key }) => key));
  for (const uses of phones.values()) for (const use of uses) nodes.add(use.node);
  const sets = makeSets(nodes);
  const ends = (link: Link) => [nodeFor(phones, link.a, link), nodeFor(phones, link.b, link)] as const;
  const taken = takeChosenLinks(sets, component.links, ends);
  const devices = findSharedDevices(sets, component.links);
  const refused = new Map<Link, Refusal>();
  for (const link of sortLinks(component.links)) {
    const [a, b] = ends(link);
    const reason = refusalOf({ sets, component, devices, a, b, link });
    if (reason) refused.set(link, reason);
    else if (rootOf(sets, a) !== rootOf(sets, b)) {
      joinSets(sets, a, b);
      taken.push(link);
    }
  }
  return { groups: makeGroups(component, sets, devices), taken, refused };
}

/** What a person said comes first and knows no limit: only so do two user_ids become one. */
function takeChosenLinks(sets: Sets, links: Link[], ends: (link: Link) => readonly [string, string]): Link[] {
  const chosen = sortLinks(links.filter((link) => link.byUserId !== null));
  for (const link of chosen) joinSets(sets, ...ends(link));
  return chosen;
}

/** An anonymous id that two people signed in on says nothing about who sits before it. */
function findSharedDevices(sets: Sets, links: Link[]): Set<IdentifierKey> {
  const people = new Map<IdentifierKey, Set<string>>();
  for (const link of links) {
    for (const [device, other] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      if (identifierOf(device).kind !== 'anonymous_id' || identifierOf(other).kind !== 'user_id') continue;
      people.set(device, (people.get(device) ?? new Set()).add(rootOf(sets, other)));
    }
  }
  return new Set([...people].filter(([, users]) => users.size > 1).map(([device]) => device));
}

type Attempt = {
  sets: Sets;
  component: Component;
  devices: Set<IdentifierKey>;
  a: string;
  b: string;
  link: Link;
};

function refusalOf({ sets, component, devices, a, b, link }: Attempt): Refusal | null {
  if (link.byUserId !== null) return null;
  if (devices.has(link.a) || devices.has(link.b)) return 'shared device';
  if (rootOf(sets, a) === rootOf(sets, b)) return null;
  if (breaksParting(sets, component.partings, a, b)) return 'parted';
  return breaksLimit(sets, a, b) ? 'limit' : null;
}

function sortLinks(links: Link[]): Link[] {
  return [...links].sort(
    (a, b) =>
      weakness(a) - weakness(b) ||
      a.firstAt.getTime() - b.firstAt.getTime() ||
      compareText(textOf(a), textOf(b)),
  );
}

function weakness(link: Link): number {
  return Math.max(priorityOf(identifierOf(link.a).kind), priorityOf(identifierOf(link.b).kind));
}

/** The same text whichever way round the link was read. */
function textOf(link: Link): string {
  return [link.a, link.b].sort(compareText).join('\u0001');
}

function makeGroups(component: Component, sets: Sets, devices: Set<IdentifierKey>): Group[] {
  const keys = component.identifiers.map(({ key }) => key).sort(compareText);
  const groups = [...Map.groupBy(keys, (key) => rootOf(sets, key)).values()];
  const ids = chooseProfileIds(component, groups);
  return groups.map((keys, at) => ({
    profileId: ids[at] ?? null,
    members: keys,
    isSharedDevice: keys.length === 1 && devices.has(keys[0]!),
  }));
}
