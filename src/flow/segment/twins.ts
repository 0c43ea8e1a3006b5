import { Invalid } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { orNull } from './budget.ts';
import { canonicalText } from './lint/canonical.ts';
import type { Lint } from './lint/lint.ts';
import { lookAt } from './moment.ts';
import { selectSample } from './preview.sql.ts';
import { type DetailedPreview, SAMPLE_SIZE } from './preview.ts';
import { type Node, parseDefinition } from './rules/node.ts';
import { listSegments, type Segment } from './segments.ts';
import { countShared, type Shared } from './twins.sql.ts';

/** Two segments whose members are to this part the same (shared by either or both) are hardly two. */
const NEARLY = 0.95;
/** Below this, two segments may well hold the same people by chance. */
const FEWEST = 20;
const BUDGET_MS = 700;

/** Segments that say the same as this rule, or hold nearly the same people. `key` is the segment being edited. */
export async function findTwins(db: Db, preview: DetailedPreview, key: string): Promise<Lint[]> {
  const all = await listSegments(db, preview.moment.workspace.id);
  const others = all.filter((one) => one.isEnabled && one.key !== key && one.kind !== 'static');
  const text = canonicalText(preview.node);
  const same = others.filter((one) => textOf(one) === text);
  if (same.length > 0) return same.slice(0, 1).map((one) => twinLint(`“${one.name}” has the same rule.`));
  const near = await findNear(db, preview, others);
  return near ? [twinLint(`“${near.name}” holds nearly the same people: ${near.words}.`)] : [];
}

async function findNear(
  db: Db,
  { node, moment, count, people }: DetailedPreview,
  others: Segment[],
): Promise<{ name: string; words: string } | null> {
  const alike = others.filter(
    ({ size }) => size !== null && size >= count * NEARLY && size <= count / NEARLY,
  );
  if (count < FEWEST || alike.length === 0) return null;
  const workspaceId = moment.workspace.id;
  const ids =
    people > SAMPLE_SIZE ? await selectSample(db, { workspaceId, people, size: SAMPLE_SIZE }) : null;
  const keys = alike.map(({ key }) => key);
  // A hint is not worth waiting for: out of time, there is none.
  const shared = await orNull(db, { ms: BUDGET_MS, isWhole: ids === null }, (tx) =>
    countShared(tx, lookAt(moment, ids), node, keys),
  );
  const [nearest] = (shared ?? []).filter(isNear).sort((a, b) => likeness(b) - likeness(a));
  const segment = alike.find(({ key }) => key === nearest?.key);
  return nearest && segment
    ? { name: segment.name, words: `${Math.round(likeness(nearest) * 100)} of 100 are in both` }
    : null;
}

function isNear(shared: Shared): boolean {
  return shared.matching >= FEWEST && likeness(shared) >= NEARLY;
}

/** Jaccard: those in both among those in either. */
function likeness({ shared, members, matching }: Shared): number {
  return shared / (members + matching - shared);
}

/** A stored rule that can no longer be read is nobody's twin. */
function textOf(segment: Segment): string | null {
  try {
    return canonicalText(parseDefinition(segment.definition) as Node);
  } catch (error) {
    if (error instanceof Invalid) return null;
    throw error;
  }
}

function twinLint(message: string): Lint {
  return { kind: 'twin', path: '', message, advice: 'Use that one, unless the two are to part later.' };
}
