import type { Resolution } from './component.ts';
import type { StoredIdentifier } from './identifiers.sql.ts';
import { compareStrength, type IdentifierKey, identifierOf } from './kinds.ts';
import type { StoredLink } from './links.sql.ts';
import type { Cause, Move } from './merges.sql.ts';

type Before = { stored: Map<IdentifierKey, StoredIdentifier>; after: Map<IdentifierKey, string> };

/** The identifiers that change hands: `after` says where each of the component stands from now on. */
export function findMoves(resolution: Resolution, { stored, after }: Before): Move[] {
  const kept = new Set(after.values());
  const causes = findCauses(resolution, { stored, after });
  return [...after].flatMap(([key, toProfileId]) => {
    const fromProfileId = stored.get(key)?.profileId;
    if (!fromProfileId || fromProfileId === toProfileId) return [];
    const change = kept.has(fromProfileId) ? 'part' : 'join';
    const cause = causes[change].get(fromProfileId) ?? {};
    return [{ change, ...identifierOf(key), fromProfileId, toProfileId, cause } satisfies Move];
  });
}

/** Profiles that hold nothing any more, and the one that got the strongest of what they held. */
export function findRetired(moves: Move[]): { id: string; into: string }[] {
  const joins = moves.filter(({ change }) => change === 'join').sort(compareStrength);
  const into = new Map<string, string>();
  for (const move of joins) if (!into.has(move.fromProfileId)) into.set(move.fromProfileId, move.toProfileId);
  return [...into].map(([id, target]) => ({ id, into: target }));
}

/** For each former profile the link that joined it to others, and the one that no longer holds it together. */
function findCauses({ taken, refused }: Resolution, { stored, after }: Before) {
  const join = new Map<string, Cause>();
  const part = new Map<string, Cause>();
  const before = (key: IdentifierKey) => stored.get(key)?.profileId;
  for (const link of taken) {
    for (const [one, other] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      const former = before(one);
      if (former && former !== before(other) && !join.has(former)) join.set(former, toCause(link));
    }
  }
  for (const link of refused.keys()) {
    const former = before(link.a);
    if (former && former === before(link.b) && after.get(link.a) !== after.get(link.b) && !part.has(former))
      part.set(former, toCause(link));
  }
  return { join, part };
}

function toCause(
  link: { a: IdentifierKey; b: IdentifierKey; byUserId: string | null } & Partial<StoredLink>,
): Cause {
  const [one, other] = [identifierOf(link.a), identifierOf(link.b)];
  const ends = { kind: one.kind, value: one.value, otherKind: other.kind, otherValue: other.value };
  return { ...ends, sourceId: link.sourceId ?? null, userId: link.byUserId };
}
