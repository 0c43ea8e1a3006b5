import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';
import type { Excess } from './budget.ts';
import { segmentsNamedIn } from './layers.ts';

/** Set aside: the last result stays, and who relies on it is told why. */
export type Park = { for: 'rule' | Excess | 'waits'; reason: string };
/** By segment key. */
export type Parked = Map<string, Park>;

/**
 * Writes down what is parked; what stood so before is left as it is, and so is what was edited since: the version that
 * was tried is no longer its rule.
 */
export async function parkSegments(
  db: Db,
  workspaceId: string,
  { parked, versions }: { parked: Parked; versions: Map<string, number> },
): Promise<void> {
  if (parked.size === 0) return;
  const rows = JSON.stringify(
    [...parked].map(([key, park]) => ({ key, version: versions.get(key), ...park })),
  );
  await db.execute(sql`
    update ${segments} s set status = 'parked', status_reason = g.reason, parked_for = g.for
      from json_to_recordset(${rows}::json) as g (key text, version int, "for" text, reason text)
     where s.workspace_id = ${workspaceId} and s.key = g.key and s.version = g.version
       and (s.status, s.status_reason, s.parked_for) is distinct from ('parked', g.reason, g.for)`);
}

export const TOO_LARGE =
  'it asks more than one query can; move parts of its rule into segments of their own, and name those';

export function tooMuch(excess: Excess, limitMs: number): Park {
  if (excess === 'large') return { for: 'large', reason: TOO_LARGE };
  const minutes = Math.round(limitMs / 60_000);
  const long = minutes > 1 ? `${minutes} minutes` : 'a minute';
  return {
    for: 'slow',
    reason: `computing it took longer than ${long}; it is tried again tonight, and when its rule is edited`,
  };
}

/** It comes to no result however often it is tried: only the night does, and whoever edits it. */
export function isLeftToTheNight(parkedFor: string | null): parkedFor is Excess {
  return parkedFor === 'slow' || parkedFor === 'large';
}

export function inCircle(): Park {
  return { for: 'rule', reason: 'its rule comes back to itself through the segments it names' };
}

/** Why a segment has to wait for one it names: that one is parked, or has no result; null if it has not. */
export function waitsFor(
  one: { node: unknown },
  parked: Parked,
  names: { all: Map<string, string>; computed: Set<string> },
): Park | null {
  const named = segmentsNamedIn(one.node).find((key) => parked.has(key) || !names.computed.has(key));
  if (named === undefined) return null;
  const state = parked.has(named) ? 'is parked' : 'is switched off';
  const reason = `it names “${names.all.get(named) ?? named}”, which ${state}; it follows as soon as that one is computed`;
  return { for: 'waits', reason };
}
