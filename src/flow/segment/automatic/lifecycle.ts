import {
  LIFECYCLE_STAGES,
  type LifecycleLimits,
  type LifecycleRow,
  type LifecycleStage,
} from '../../score/lifecycle.ts';
import type { AutomaticSegment } from './automatic.ts';

const ROW_NAMES = { '0': 'No order', '1': 'One order', '2': 'Two orders', '3plus': 'Three orders or more' };
const STAGE_NAMES: Record<LifecycleStage, string> = {
  active: 'active',
  'at-risk': 'at risk',
  churned: 'churned',
};

/** The twelve cells of the grid, as ordinary rules with the limits of the last scoring. */
export function lifecycleSegments(limits: LifecycleLimits[]): AutomaticSegment[] {
  return limits.flatMap((row) =>
    LIFECYCLE_STAGES.map((stage) => ({
      key: `lifecycle-${row.row}-${stage}`,
      kind: 'lifecycle' as const,
      name: `${ROW_NAMES[row.row]}, ${STAGE_NAMES[stage]}`,
      description: null,
      definition: lifecycleRule(stage, row),
      isEnabled: true,
    })),
  );
}

/** The rule tree of a cell: an ordinary rule over facts, so that why, preview and history hold for it. */
export function lifecycleRule(stage: LifecycleStage, limits: LifecycleLimits): Record<string, unknown> {
  const since = limits.row === '0' ? sinceSignup : sinceLastOrder;
  return { all: [ordersRule(limits.row), since(stage, limits)] };
}

function ordersRule(row: LifecycleRow): Record<string, unknown> {
  return row === '3plus'
    ? { fact: 'orders', op: 'gte', value: 3 }
    : { fact: 'orders', op: 'eq', value: Number(row) };
}

function sinceLastOrder(stage: LifecycleStage, limits: LifecycleLimits): Record<string, unknown> {
  return within('last_order_at', stage, limits);
}

/** Since signup, else since first seen. */
function sinceSignup(stage: LifecycleStage, limits: LifecycleLimits): Record<string, unknown> {
  return {
    any: [
      within('signed_up_at', stage, limits),
      { all: [{ fact: 'signed_up_at', op: 'unset' }, within('first_seen_at', stage, limits)] },
    ],
  };
}

/** Who has no such moment at all has been gone for ever. */
function within(fact: string, stage: LifecycleStage, limits: LifecycleLimits): Record<string, unknown> {
  const active = { fact, op: 'within', value: { last: `${limits.activeDays}d` } };
  const atRisk = {
    fact,
    op: 'within',
    value: { between: [`${limits.atRiskDays}d`, `${limits.activeDays}d`] },
  };
  if (stage === 'active') return active;
  if (stage === 'at-risk') return atRisk;
  return { none: [active, atRisk, ...(fact === 'signed_up_at' ? [{ fact, op: 'unset' }] : [])] };
}
