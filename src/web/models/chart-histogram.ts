import { scaleLinear } from 'd3-scale';

/** How many had which value, with marks where limits lie. The last bar holds everything beyond. */
export type Histogram = {
  title: string;
  width: number;
  height: number;
  floor: number;
  bars: { x: number; y: number; width: number; height: number; label: string }[];
  marks: { x: number; top: number; labelX: number; labelY: number; anchor: 'start' | 'end'; label: string }[];
  xTicks: { x: number; label: string }[];
  table: { head: string[]; rows: string[][] };
};

const SIZE = { width: 720, height: 190, left: 8, right: 8, top: 52, bottom: 26 };
const MOST_BARS = 36;
/** The few longest ones would press all others into a corner. */
const SHOWN_SHARE = 0.97;

export function histogram(input: {
  title: string;
  unit: string;
  counted: [value: number, count: number][];
  marks: { value: number; label: string }[];
  format: (value: number) => string;
}): Histogram | null {
  if (input.counted.length === 0) return null;
  const end = endOf(input.counted, input.marks);
  const step = Math.max(1, Math.ceil(end / MOST_BARS));
  const bins = binsOf(input.counted, step, Math.ceil(end / step));
  const x = scaleLinear()
    .domain([0, bins.length * step])
    .range([SIZE.left, SIZE.width - SIZE.right]);
  const floor = SIZE.height - SIZE.bottom;
  const y = scaleLinear()
    .domain([0, Math.max(...bins.map((bin) => bin.count))])
    .range([floor, SIZE.top]);
  return {
    title: input.title,
    width: SIZE.width,
    height: SIZE.height,
    floor,
    bars: bins.map((bin) => ({
      x: round(x(bin.from) + 1),
      width: round(x(step) - x(0) - 2),
      y: round(y(bin.count)),
      height: round(floor - y(bin.count)),
      label: `${bin.label} ${input.unit}: ${input.format(bin.count)}`,
    })),
    marks: marksOf(input.marks, x),
    xTicks: ticksOf(bins.length * step, x),
    table: {
      head: [input.unit, 'How many'],
      rows: bins.map((bin) => [bin.label, input.format(bin.count)]),
    },
  };
}

/** Far enough for nearly all values and for every mark. */
function endOf(counted: [number, number][], marks: { value: number }[]): number {
  const all = counted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  let end = 1;
  for (const [value, count] of counted.toSorted((a, b) => a[0] - b[0])) {
    seen += count;
    end = value + 1;
    if (seen >= all * SHOWN_SHARE) break;
  }
  return Math.max(end, ...marks.map((mark) => Math.ceil(mark.value * 1.05) + 1));
}

function binsOf(counted: [number, number][], step: number, many: number) {
  const bins = Array.from({ length: many }, (_, index) => ({
    from: index * step,
    count: 0,
    label: step === 1 ? String(index) : `${index * step} to ${(index + 1) * step - 1}`,
  }));
  const last = { from: many * step, count: 0, label: `${many * step} or more` };
  for (const [value, count] of counted) (bins[Math.floor(value / step)] ?? last).count += count;
  return [...bins, last];
}

/** Labels stand on two levels, so that near limits do not write over each other. */
function marksOf(
  marks: { value: number; label: string }[],
  x: (value: number) => number,
): Histogram['marks'] {
  return marks.map((mark, index) => {
    const at = round(x(mark.value));
    const isLate = at > SIZE.width * 0.6;
    return {
      x: at,
      top: 6 + index * 22,
      labelX: at + (isLate ? -6 : 6),
      labelY: 16 + index * 22,
      anchor: isLate ? 'end' : 'start',
      label: mark.label,
    };
  });
}

function ticksOf(end: number, x: (value: number) => number): Histogram['xTicks'] {
  const ticks = scaleLinear().domain([0, end]).ticks(6);
  return ticks
    .filter((tick) => Number.isInteger(tick) && tick < end * 0.97)
    .map((tick) => ({ x: round(x(tick)), label: String(tick) }));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
