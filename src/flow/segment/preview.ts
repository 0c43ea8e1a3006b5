import { sql } from 'drizzle-orm';
import { Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { type Excess, orNull, withinBudget } from './budget.ts';
import { refuseNamedCircle } from './circles.ts';
import { findHiding } from './lint/lint.ts';
import { countLiving } from './living.sql.ts';
import { type AskedMoment, lookAt, readMoment } from './moment.ts';
import { TOO_LARGE } from './parking.ts';
import { type Asked, type Counted, previewSql, selectSample } from './preview.sql.ts';
import { type Leaf, leavesOf, type Node, parseDefinition } from './rules/node.ts';
import { listSegments } from './segments.ts';

export type Preview = {
  asOf: Date;
  count: number;
  /** True where everyone could not be counted in time, and some were counted for all. */
  estimate: boolean;
  /** With an estimate: in nineteen cases of twenty the count lies at most this far off. */
  margin?: number;
  /** Ids of at most ten people who satisfy the rule. */
  sample: string[];
  /** How many each condition alone is true of. */
  leaves: { path: string; count: number }[];
};

/** The preview with all that the builder shows beside the rule. */
export type DetailedPreview = Preview & {
  node: Node;
  moment: AskedMoment;
  /** People of the workspace, and how many of them were looked at. */
  people: number;
  looked: number;
  steps: Counted['steps'];
  hidden: { path: string; leaf: Leaf; count: number }[];
  /** Somebody was put in or left out by hand, which the count follows and the steps do not. */
  isByHand: boolean;
};

/** A count that takes longer than this is broken off for an estimate: together they answer within two seconds. */
const EXACT_MS = 1_000;
const ESTIMATE_MS = 4_000;
/** So many people tell a share of half to one percent. */
export const SAMPLE_SIZE = 8_000;
const DEVIATIONS = 1.96;

/**
 * Who would be in a segment with this rule, without writing anything: counted exactly if that is quick, else
 * estimated and marked so. Takes a transaction that reads only. Throws Invalid with paths into the definition.
 */
export async function previewDefinition(
  db: Db,
  workspace: Workspace,
  wish: { definition: unknown; asOf?: Date | undefined },
): Promise<Preview> {
  const { asOf, count, estimate, margin, sample, leaves } = await previewInDetail(db, workspace, wish);
  return { asOf, count, estimate, ...(margin === undefined ? {} : { margin }), sample, leaves };
}

export async function previewInDetail(
  db: Db,
  workspace: Workspace,
  wish: {
    definition: unknown;
    /** The segment whose rule it is to be: who was put in or left out of it by hand counts so. */
    key?: string | undefined;
    asOf?: Date | undefined;
    exactMs?: number | undefined;
  },
): Promise<DetailedPreview> {
  const moment = await readMoment(db, workspace, wish.asOf);
  const node = parseDefinition(wish.definition, moment.knowledge.known);
  // Nobody is in a segment that waits for itself: a count of 0 would say nothing of the reason.
  if (wish.key) refuseNamedCircle(await listSegments(db, workspace.id), { key: wish.key, definition: node });
  await db.execute(sql`select set_config('transaction_read_only', 'on', true)`);
  const asked = { node, unset: findHiding(node), key: wish.key };
  const exact = await orNull(db, { ms: wish.exactMs ?? EXACT_MS, isWhole: true }, (tx) =>
    previewSql(tx, lookAt(moment), asked),
  );
  const counted = exact ? { ...exact, looked: exact.people } : await estimate(db, moment, asked);
  const counts = new Map(counted.steps.map(({ path, alone }) => [path, alone]));
  return {
    asOf: moment.asOf,
    ...counted,
    estimate: exact === null,
    leaves: leavesOf(node).map(({ path }) => ({ path, count: counts.get(path) ?? counted.count })),
    hidden: asked.unset.map(({ path, leaf }, index) => ({
      path,
      leaf,
      count: counted.hidden[index]?.count ?? 0,
    })),
    node,
    moment,
    isByHand: moment.knowledge.chosen.has(wish.key ?? ''),
  };
}

type Estimated = Counted & { looked: number; margin: number };

/** The same over some thousand people, the same ones each time, and drawn up to everyone. */
async function estimate(db: Db, moment: AskedMoment, asked: Asked): Promise<Estimated> {
  const workspaceId = moment.workspace.id;
  const people = await countLiving(db, workspaceId);
  const ids = await selectSample(db, { workspaceId, people, size: SAMPLE_SIZE });
  const counted = await withinBudget(db, { ms: ESTIMATE_MS, isWhole: false }, (tx) =>
    previewSql(tx, lookAt(moment, ids), asked),
  );
  if ('excess' in counted) throw new Invalid([{ path: 'definition', message: PROBLEMS[counted.excess] }]);
  return drawUp(counted.result, people);
}

const PROBLEMS: Record<Excess, string> = {
  slow: 'Counting takes too long. Save the segment to have it computed, or narrow it.',
  large: `This rule cannot be counted: ${TOO_LARGE}.`,
};

function drawUp(counted: Counted, people: number): Estimated {
  const looked = counted.people;
  const scale = (count: number) => (looked === 0 ? 0 : Math.round((count / looked) * people));
  return {
    ...counted,
    people,
    looked,
    count: scale(counted.count),
    margin: marginOf(counted.count, looked, people),
    steps: counted.steps.map(({ path, alone, remaining }) => ({
      path,
      alone: scale(alone),
      remaining: remaining === null ? null : scale(remaining),
    })),
    hidden: counted.hidden.map(({ path, count }) => ({ path, count: scale(count) })),
  };
}

/** Two are added to both sides, so that none found is not taken for none there (Agresti and Coull). */
function marginOf(found: number, looked: number, people: number): number {
  const share = (found + 2) / (looked + 4);
  const left = Math.sqrt(Math.max(0, 1 - looked / people));
  return Math.ceil(DEVIATIONS * Math.sqrt((share * (1 - share)) / (looked + 4)) * left * people);
}
