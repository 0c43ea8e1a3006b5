import { scaleBand, scaleLinear } from 'd3-scale';

/** A bar up for those who came and a bar down for those who went, one pair a day. */
export type ChangesChart = {
  title: string;
  width: number;
  height: number;
  zero: number;
  plot: { left: number; right: number };
  bars: { x: number; width: number; upY: number; upHeight: number; downHeight: number; label: string }[];
  yTicks: { y: number; label: string }[];
  xTicks: { x: number; label: string; anchor: 'start' | 'middle' | 'end' }[];
  names: [string, string];
  table: { head: string[]; rows: string[][] };
};

const SIZE = { width: 720, height: 200, left: 52, right: 12, top: 10, bottom: 26 };

export function changesChart(input: {
  title: string;
  names: [up: string, down: string];
  days: { label: string; up: number; down: number }[];
  format: (value: number) => string;
}): ChangesChart {
  const { days, format } = input;
  const most = Math.max(1, ...days.flatMap((day) => [day.up, day.down]));
  const low = -Math.max(0, ...days.map((day) => day.down));
  const high = Math.max(low === 0 ? most : 0, ...days.map((day) => day.up));
  const y = scaleLinear()
    .domain([low, high])
    .nice(4)
    .range([SIZE.height - SIZE.bottom, SIZE.top]);
  const x = scaleBand<number>()
    .domain(days.map((_, index) => index))
    .range([SIZE.left, SIZE.width - SIZE.right])
    .paddingInner(0.25);
  return {
    title: input.title,
    width: SIZE.width,
    height: SIZE.height,
    zero: round(y(0)),
    plot: { left: SIZE.left, right: SIZE.width - SIZE.right },
    bars: days.map((day, index) => ({
      x: round(x(index) ?? 0),
      width: round(x.bandwidth()),
      upY: round(y(day.up)),
      upHeight: round(y(0) - y(day.up)),
      downHeight: round(y(-day.down) - y(0)),
      label: `${day.label}: ${input.names[0]} ${format(day.up)}, ${input.names[1]} ${format(day.down)}`,
    })),
    yTicks: y
      .ticks(4)
      .filter(Number.isInteger)
      .map((tick) => ({ y: round(y(tick)), label: format(Math.abs(tick)) })),
    xTicks: ticksOf(days.length).map((index, nth, ticks) => ({
      x: round((x(index) ?? 0) + x.bandwidth() / 2),
      label: days[index]?.label ?? '',
      anchor:
        ticks.length === 1 ? 'middle' : nth === 0 ? 'start' : nth === ticks.length - 1 ? 'end' : 'middle',
    })),
    names: input.names,
    table: {
      head: ['Day', ...input.names],
      rows: days.map((day) => [day.label, format(day.up), format(day.down)]),
    },
  };
}

function ticksOf(count: number): number[] {
  const wanted = Math.min(count, 4);
  if (wanted < 2) return count === 1 ? [0] : [];
  return Array.from({ length: wanted }, (_, index) => Math.round((index * (count - 1)) / (wanted - 1)));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
