import { scaleBand, scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';

/**
 * Charts as plain numbers for a template: drawn on the server as SVG, coloured by class, each with its figures as
 * a table. Units of all positions are SVG user units of the given view box.
 */
export type Series = { name: string; values: number[] };

export type LineChart = {
  title: string;
  width: number;
  height: number;
  lines: { name: string; colour: number; d: string; areaD: string }[];
  yTicks: { y: number; label: string }[];
  xTicks: { x: number; label: string }[];
  plot: { left: number; right: number; top: number; bottom: number };
  table: { head: string[]; rows: string[][] };
};

type LineInput = {
  title: string;
  labels: string[];
  series: Series[];
  format: (value: number) => string;
  width?: number;
  height?: number;
};

const PLOT = { left: 52, right: 12, top: 12, bottom: 26 };

/** Lines over time, the first with a soft area below it. */
export function lineChart(input: LineInput): LineChart {
  const width = input.width ?? 720;
  const height = input.height ?? 240;
  const plot = { left: PLOT.left, right: width - PLOT.right, top: PLOT.top, bottom: height - PLOT.bottom };
  const y = scaleLinear()
    .domain([0, Math.max(1, ...input.series.flatMap((series) => series.values))])
    .nice(4)
    .range([plot.bottom, plot.top]);
  const x = scaleLinear()
    .domain([0, Math.max(1, input.labels.length - 1)])
    .range([plot.left, plot.right]);
  return {
    title: input.title,
    width,
    height,
    plot,
    lines: input.series.map((series, index) => drawLine(series, index, x, y)),
    yTicks: y.ticks(4).map((tick) => ({ y: round(y(tick)), label: input.format(tick) })),
    xTicks: spread(input.labels.length, 5).map((index) => ({
      x: round(x(index)),
      label: input.labels[index] ?? '',
    })),
    table: tableOf(input),
  };
}

export type BarChart = {
  title: string;
  width: number;
  height: number;
  bars: {
    y: number;
    height: number;
    width: number;
    label: string;
    value: string;
    labelY: number;
    href: string | null;
  }[];
  labelWidth: number;
  table: { head: string[]; rows: string[][] };
};

/** Horizontal bars, one a name: for comparing a dozen things at a glance. */
export function barChart(input: {
  title: string;
  unit: string;
  bars: { label: string; value: number; href?: string }[];
  format: (value: number) => string;
}): BarChart {
  const rowHeight = 30;
  const labelWidth = 190;
  const width = 720;
  const height = Math.max(rowHeight, input.bars.length * rowHeight);
  const x = scaleLinear()
    .domain([0, Math.max(1, ...input.bars.map((bar) => bar.value))])
    .range([2, width - labelWidth - 100]);
  const y = scaleBand<number>()
    .domain(input.bars.map((_, index) => index))
    .range([0, height])
    .paddingInner(0.3)
    .paddingOuter(0.15);
  return {
    title: input.title,
    width,
    height,
    labelWidth,
    bars: input.bars.map((bar, index) => ({
      y: round(y(index) ?? 0),
      height: round(y.bandwidth()),
      width: round(Math.max(2, x(bar.value))),
      labelY: round((y(index) ?? 0) + y.bandwidth() / 2),
      label: bar.label,
      value: input.format(bar.value),
      href: bar.href ?? null,
    })),
    table: { head: ['', input.unit], rows: input.bars.map((bar) => [bar.label, input.format(bar.value)]) },
  };
}

export type Spark = { width: number; height: number; d: string; areaD: string; summary: string };

/** A word-sized line beside a number; `summary` is what a screen reader says. */
export function sparkline(values: number[], format: (value: number) => string): Spark | null {
  if (values.length < 2) return null;
  const width = 96;
  const height = 28;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = scaleLinear()
    .domain([0, values.length - 1])
    .range([2, width - 2]);
  const y = scaleLinear()
    .domain([low, high === low ? low + 1 : high])
    .range([height - 3, 3]);
  return {
    width,
    height,
    d:
      line<number>()
        .x((_, i) => round(x(i)))
        .y((value) => round(y(value)))(values) ?? '',
    areaD:
      area<number>()
        .x((_, i) => round(x(i)))
        .y0(height)
        .y1((value) => round(y(value)))(values) ?? '',
    summary: `from ${format(values[0]!)} to ${format(values.at(-1)!)}`,
  };
}

function drawLine(
  series: Series,
  index: number,
  x: (v: number) => number,
  y: (v: number) => number,
): LineChart['lines'][number] {
  const path = line<number>()
    .x((_, i) => round(x(i)))
    .y((value) => round(y(value)));
  const below = area<number>()
    .x((_, i) => round(x(i)))
    .y0(round(y(0)))
    .y1((value) => round(y(value)));
  return {
    name: series.name,
    colour: index + 1,
    d: path(series.values) ?? '',
    areaD: index === 0 ? (below(series.values) ?? '') : '',
  };
}

function tableOf(input: LineInput): { head: string[]; rows: string[][] } {
  return {
    head: ['', ...input.series.map((series) => series.name)],
    rows: input.labels.map((label, index) => [
      label,
      ...input.series.map((series) => input.format(series.values[index] ?? 0)),
    ]),
  };
}

/** At most `wanted` positions of 0..count-1, first and last among them. */
function spread(count: number, wanted: number): number[] {
  if (count <= wanted) return Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: wanted }, (_, index) => Math.round((index * (count - 1)) / (wanted - 1)));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
