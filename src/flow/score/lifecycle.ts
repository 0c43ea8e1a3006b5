/** The lifecycle grid: rows by number of orders, columns by how long ago, against the shop's own rhythm. */
export const LIFECYCLE_ROWS = ['0', '1', '2', '3plus'] as const;
export const LIFECYCLE_STAGES = ['active', 'at-risk', 'churned'] as const;
export type LifecycleRow = (typeof LIFECYCLE_ROWS)[number];
export type LifecycleStage = (typeof LIFECYCLE_STAGES)[number];

/** Up to `activeDays` since the last order (row 0: since signup) is active, up to `atRiskDays` at risk. */
export type LifecycleLimits = {
  row: LifecycleRow;
  activeDays: number;
  atRiskDays: number;
  basis: 'percentiles' | 'mean' | 'assumed' | 'edited';
  /** How many gaps they come from. */
  gaps: number;
};

/** From so many gaps on percentiles say more than the mean. */
export const ENOUGH_GAPS = 50;
const ASSUMED_DAYS = { active: 30, atRisk: 90 };

export type GapFigures = {
  row: LifecycleRow;
  gaps: number;
  p40: number | null;
  p80: number | null;
  mean: number | null;
};

/** The limits a row's gaps give; figures are days. */
export function limitsFromGaps(figures: GapFigures): LifecycleLimits {
  const { row, gaps, p40, p80, mean } = figures;
  if (gaps >= ENOUGH_GAPS && p40 !== null && p80 !== null)
    return { row, ...wholeDays(p40, p80), basis: 'percentiles', gaps };
  if (gaps > 0 && mean !== null) return { row, ...wholeDays(mean, 2 * mean), basis: 'mean', gaps };
  return { row, activeDays: ASSUMED_DAYS.active, atRiskDays: ASSUMED_DAYS.atRisk, basis: 'assumed', gaps };
}

/** The longest window of a rule, with which the cells are compared. */
const MOST_DAYS = 10_000;

function wholeDays(active: number, atRisk: number): { activeDays: number; atRiskDays: number } {
  const activeDays = Math.min(MOST_DAYS - 1, Math.max(1, Math.ceil(active)));
  return { activeDays, atRiskDays: Math.min(MOST_DAYS, Math.max(activeDays + 1, Math.ceil(atRisk))) };
}
