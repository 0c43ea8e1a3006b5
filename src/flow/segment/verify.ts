import { withWorkspace } from '../../db/doors.ts';
import type { Database, Db } from '../../db/pool.ts';
import { findWrongFacts } from '../score/facts.sql.ts';
import { excessOf } from './budget.ts';
import { loadKnowledge } from './known.ts';
import { countLiving } from './living.sql.ts';
import type { Looking } from './query.sql.ts';
import { findLastAsOf } from './refresh.ts';
import { withNodes } from './rules/node.ts';
import { listSegments, type Segment } from './segments.ts';
import { type Asked, type Difference, findDifferences } from './verdicts.sql.ts';

export type VerifyDifference =
  | { type: 'membership'; segment: string; profile: string; stored: boolean; computed: boolean }
  | { type: 'facts'; profile: string };
export type Verification = {
  asOf: Date | null;
  segments: number;
  /** Segments that are on, and cannot be compared: parked, without a result of their present rule, or unreadable. */
  leftOut: string[];
  profiles: number;
  differences: VerifyDifference[];
};

/**
 * Compares what is stored with a computation from nothing as of the last refresh: facts of everyone, and who is in
 * each segment (not since when). Reads only. People who changed since are compared too, so carry and refresh first.
 */
export async function verifyWorkspace(database: Database, workspaceId: string): Promise<Verification> {
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    const asOf = await findLastAsOf(db, workspaceId);
    const profiles = await countLiving(db, workspaceId);
    const enabled = (await listSegments(db, workspaceId)).filter((one) => one.isEnabled);
    if (!asOf) return { asOf, segments: 0, leftOut: keysOf(enabled), profiles, differences: [] };
    const knowledge = await loadKnowledge(db, workspace);
    const readable = withNodes(enabled.filter(hasResult), knowledge.known);
    const asked = readable.map(({ key, node }) => ({ key, definition: node }));
    const leftOut = keysOf(enabled).filter((key) => !keysOf(asked).includes(key));
    const wrong = await findWrongFacts(db, { workspace, asOf, profileIds: null });
    const different = await differencesOf(db, { ...knowledge, workspaceId, asOf, profileIds: null }, asked);
    const differences: VerifyDifference[] = [
      ...wrong.map((profile) => ({ type: 'facts' as const, profile })),
      ...different.map((one) => ({
        type: 'membership' as const,
        segment: one.segmentKey,
        profile: one.profileId,
        stored: one.stored,
        computed: one.computed,
      })),
    ];
    return { asOf, segments: asked.length, leftOut, profiles, differences };
  });
}

/** What is parked has missed refreshes, and says so; what is stale stands as of the last one that succeeded. */
function hasResult({ status, version, computedVersion }: Segment): boolean {
  return (status === 'ready' || status === 'stale') && computedVersion === version;
}

function keysOf(some: { key: string }[]): string[] {
  return some.map(({ key }) => key);
}

/** All at once, or in halves where that is more than one statement can be. */
async function differencesOf(db: Db, looking: Looking, asked: Asked[]): Promise<Difference[]> {
  try {
    return await db.transaction(async (tx) => await findDifferences(tx, looking, asked));
  } catch (error) {
    if (asked.length === 1 || excessOf(error) !== 'large') throw error;
    const middle = Math.ceil(asked.length / 2);
    const first = await differencesOf(db, looking, asked.slice(0, middle));
    return [...first, ...(await differencesOf(db, looking, asked.slice(middle)))];
  }
}
