import { LIFECYCLE_STAGES, type LifecycleLimits } from '../../flow/score/lifecycle.ts';
import { histogram } from './chart-histogram.ts';
import { lineChart, type Spark, sparkline } from './charts.ts';
import { formatDay, formatNumber, formatPercent, plural } from './format.ts';
import { problemOf } from './segment-health.ts';

/** What the list needs of a segment. */
export type SegmentRow = {
  key: string;
  name: string;
  kind: string;
  status: string;
  statusReason: string | null;
  description: string | null;
  size: number | null;
  isEnabled: boolean;
};
export type Trend = { day: string; size: number }[];

const KIND_NAMES: Record<string, string> = {
  custom: 'Own',
  library: 'Library',
  lifecycle: 'Lifecycle',
  rfm: 'RFM',
  static: 'List',
  predicted: 'Predicted',
  cluster: 'Cluster',
};
const ROW_NAMES = { '0': 'None', '1': 'One', '2': 'Two', '3plus': 'Three or more' };
const STAGE_NAMES = { active: 'Active', 'at-risk': 'At risk', churned: 'Churned' };

export function segmentRowModel(row: SegmentRow, trend: Trend, people: number) {
  const change = changeOf(row, trend) ?? 0;
  return {
    href: `/segments/${row.key}`,
    name: row.name,
    kind: KIND_NAMES[row.kind] ?? row.kind,
    size: row.size === null ? 'not counted yet' : formatNumber(row.size),
    share: row.size === null || people === 0 ? '–' : formatPercent(row.size / people),
    change:
      row.size === null || change === 0 ? '–' : `${change > 0 ? '+' : '−'}${formatNumber(Math.abs(change))}`,
    direction: change === 0 ? 'flat' : change > 0 ? 'up' : 'down',
    spark: sparkOf(trend),
    note: row.description,
    problem: problemOf(row),
  };
}

/** How much larger it is than at the beginning of its trend; null where it was not counted yet. */
export function changeOf(row: Pick<SegmentRow, 'size'>, trend: Trend): number | null {
  return row.size === null ? null : row.size - (trend[0]?.size ?? row.size);
}

export function gridModel(rows: SegmentRow[], people: number) {
  const sizes = new Map(rows.map((row) => [row.key, row.size ?? 0]));
  const share = (size: number) => (people === 0 ? 0 : size / people);
  return {
    heads: LIFECYCLE_STAGES.map((stage) => STAGE_NAMES[stage]),
    rows: (['0', '1', '2', '3plus'] as const).map((row) => ({
      label: ROW_NAMES[row],
      cells: LIFECYCLE_STAGES.map((stage) => {
        const key = `lifecycle-${row}-${stage}`;
        const size = sizes.get(key) ?? 0;
        return {
          href: `/segments/${key}`,
          label: STAGE_NAMES[stage],
          size: formatNumber(size),
          share: formatPercent(share(size)),
          heat: heatOf(share(size)),
        };
      }),
    })),
  };
}

export function limitsModel(limits: LifecycleLimits[], gapDays: Record<string, [number, number][]> | null) {
  return limits.map((one) => ({
    row: one.row,
    label: one.row === '0' ? 'No order' : `${ROW_NAMES[one.row]} ${one.row === '1' ? 'order' : 'orders'}`,
    activeDays: one.activeDays,
    atRiskDays: one.atRiskDays,
    active: plural(one.activeDays, 'day'),
    atRisk: plural(one.atRiskDays, 'day'),
    basis: BASIS[one.basis](one.gaps),
    chart: gapChart(one, gapDays?.[one.row] ?? []),
  }));
}

const GAP_NAMES = {
  '0': 'Days from signup to the first order',
  '1': 'Days from the first order to the second',
  '2': 'Days from the second order to the third',
  '3plus': 'Days between later orders',
};

function gapChart(one: LifecycleLimits, counted: [number, number][]) {
  return histogram({
    title: GAP_NAMES[one.row],
    unit: 'days',
    counted,
    marks: [
      { value: one.activeDays, label: `active up to ${plural(one.activeDays, 'day')}` },
      { value: one.atRiskDays, label: `at risk up to ${plural(one.atRiskDays, 'day')}` },
    ],
    format: formatNumber,
  });
}

const BASIS: Record<LifecycleLimits['basis'], (gaps: number) => string> = {
  percentiles: (gaps) => `40th and 80th percentile of ${formatNumber(gaps)} gaps`,
  mean: (gaps) => `once and twice the mean of ${formatNumber(gaps)} gaps`,
  assumed: () => 'assumed: no gap was seen yet',
  edited: (gaps) => `set by hand; ${formatNumber(gaps)} gaps seen`,
};

/** A point a day. Null until there are two to draw a line between. */
export function sizeChart(name: string, history: Trend) {
  if (history.length < 2) return null;
  return lineChart({
    title: `People in ${name}`,
    labels: history.map((one) => formatDay(one.day)),
    series: [{ name: 'People', values: history.map((one) => one.size) }],
    format: formatNumber,
  });
}

function sparkOf(trend: Trend): Spark | null {
  return sparkline(
    trend.map((one) => one.size),
    formatNumber,
  );
}

function heatOf(share: number): number {
  return share === 0 ? 0 : share < 0.05 ? 1 : share < 0.15 ? 2 : share < 0.3 ? 3 : 4;
}
