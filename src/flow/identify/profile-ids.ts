import type { Component, KnownIdentifier } from './component.ts';
import { compareStrength, compareText, type IdentifierKey, identifierOf } from './kinds.ts';

/**
 * The profile id of each group, or null for a new one. Each identifier remembers its home, the profile it was
 * first put in; a group takes the best home of its members (one with a user_id, then the earlier created, then the
 * smaller). So undoing a merge gives both people their former ids back.
 */
export function chooseProfileIds(component: Component, groups: IdentifierKey[][]): (string | null)[] {
  const groupOf = new Map(groups.flatMap((keys, at) => keys.map((key) => [key, at] as const)));
  const residents = groupByHome(component.identifiers);
  const ids: (string | null)[] = groups.map(() => null);
  for (const homeId of sortHomes(component, residents)) {
    const claimant = residents.get(homeId)!.find(({ key }) => ids[groupOf.get(key)!] === null);
    if (claimant) ids[groupOf.get(claimant.key)!] = homeId;
  }
  return ids;
}

/** The identifiers of each home, strongest first, then the one seen first: in this order they claim it. */
function groupByHome(identifiers: KnownIdentifier[]): Map<string, KnownIdentifier[]> {
  const housed = identifiers.filter(({ homeId }) => homeId !== null).sort(compareClaims);
  return Map.groupBy(housed, ({ homeId }) => homeId!);
}

function compareClaims(a: KnownIdentifier, b: KnownIdentifier): number {
  const [one, other] = [identifierOf(a.key), identifierOf(b.key)];
  if (one.kind !== other.kind) return compareStrength(one, other);
  return a.firstAt.getTime() - b.firstAt.getTime() || compareText(a.key, b.key);
}

function sortHomes(component: Component, residents: Map<string, KnownIdentifier[]>): string[] {
  const rank = (id: string) => ({
    id,
    hasUserId: residents.get(id)!.some(({ key }) => identifierOf(key).kind === 'user_id'),
    createdAt: component.createdAt.get(id)?.getTime() ?? Number.POSITIVE_INFINITY,
  });
  return [...residents.keys()]
    .map(rank)
    .sort(
      (a, b) =>
        Number(b.hasUserId) - Number(a.hasUserId) || a.createdAt - b.createdAt || compareText(a.id, b.id),
    )
    .map(({ id }) => id);
}
