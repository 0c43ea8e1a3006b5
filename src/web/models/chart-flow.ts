/** Ribbons from groups on the left to groups on the right, as wide as the number of people who moved. */
export type FlowChart = {
  title: string;
  width: number;
  height: number;
  ribbons: { d: string; thickness: number; colour: number; label: string }[];
  nodes: { x: number; y: number; height: number; colour: number; href: string | null }[];
  labels: { x: number; y: number; anchor: 'start' | 'end'; text: string; href: string | null }[];
  table: { head: string[]; rows: string[][] };
};

export type FlowEnd = { key: string; label: string; href: string | null };
export type FlowLink = { from: string; to: string; value: number };

const WIDTH = 620;
const SIDE = 210;
const BAR = 8;
/** A label is never closer to the next than this, however few people it stands for. */
const SLOT = 30;
const THICKEST = 300;
const COLOURS = 6;
/** Further ribbons would be threads; they stand in the table, and count where they begin and end. */
const MOST_RIBBONS = 40;
const LONGEST_LABEL = 20;

export function flowChart(input: {
  title: string;
  left: FlowEnd[];
  right: FlowEnd[];
  links: FlowLink[];
  format: (value: number) => string;
}): FlowChart {
  const all = input.links.toSorted((a, b) => b.value - a.value);
  const drawn = all.slice(0, MOST_RIBBONS);
  const total = all.reduce((sum, link) => sum + link.value, 0);
  const scale = total === 0 ? 0 : THICKEST / total;
  const left = placeSide(input.left, (key) => sumOf(all, 'from', key), scale);
  const right = placeSide(input.right, (key) => sumOf(all, 'to', key), scale);
  const height = Math.max(left.height, right.height, SLOT);
  const names = new Map([...input.left, ...input.right].map((end) => [end.key, end.label]));
  const colours = new Map(left.ends.map((end, index) => [end.key, (index % COLOURS) + 1]));
  return {
    title: input.title,
    width: WIDTH,
    height,
    ribbons: ribbonsOf(drawn, { left, right, scale, colours, names, format: input.format, height }),
    nodes: [
      ...nodesOf(left, SIDE, height, (key) => colours.get(key) ?? 1),
      ...nodesOf(right, WIDTH - SIDE - BAR, height, () => 0),
    ],
    labels: [
      ...labelsOf(left, { x: SIDE - 8, anchor: 'end' as const, height, format: input.format }),
      ...labelsOf(right, { x: WIDTH - SIDE + 8, anchor: 'start' as const, height, format: input.format }),
    ],
    table: {
      head: ['From', 'To', 'People'],
      rows: all.map((link) => [
        names.get(link.from) ?? '',
        names.get(link.to) ?? '',
        input.format(link.value),
      ]),
    },
  };
}

type Placed = FlowEnd & { value: number; top: number; height: number };
type Side = { ends: Placed[]; height: number };

/** One below the other, each in a slot that its label fits in. */
function placeSide(ends: FlowEnd[], peopleAt: (key: string) => number, scale: number): Side {
  let top = 0;
  const placed: Placed[] = [];
  for (const end of ends) {
    const value = peopleAt(end.key);
    if (value === 0) continue;
    const height = Math.max(2, value * scale);
    const slot = Math.max(SLOT, height + 8);
    placed.push({ ...end, value, top: top + (slot - height) / 2, height });
    top += slot;
  }
  return { ends: placed, height: top };
}

type Drawing = {
  left: Side;
  right: Side;
  scale: number;
  colours: Map<string, number>;
  names: Map<string, string>;
  format: (value: number) => string;
  height: number;
};

/** Ribbons leave and arrive in the order of the other side, so that few of them cross. */
function ribbonsOf(links: FlowLink[], drawing: Drawing): FlowChart['ribbons'] {
  const starts = offsetsOf(links, drawing.left, drawing.right, 'from', 'to', drawing.scale);
  const ends = offsetsOf(links, drawing.right, drawing.left, 'to', 'from', drawing.scale);
  return links.map((link) => {
    const y1 = round(starts.get(link)! + lift(drawing.left, drawing.height));
    const y2 = round(ends.get(link)! + lift(drawing.right, drawing.height));
    const [x1, x2, middle] = [SIDE + BAR, WIDTH - SIDE - BAR, WIDTH / 2];
    return {
      d: `M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}`,
      thickness: round(Math.max(1.5, link.value * drawing.scale)),
      colour: drawing.colours.get(link.from) ?? 1,
      label: `${drawing.names.get(link.from) ?? ''} to ${drawing.names.get(link.to) ?? ''}: ${drawing.format(link.value)}`,
    };
  });
}

function offsetsOf(
  links: FlowLink[],
  side: Side,
  other: Side,
  own: 'from' | 'to',
  far: 'from' | 'to',
  scale: number,
): Map<FlowLink, number> {
  const order = new Map(other.ends.map((end, index) => [end.key, index]));
  const offsets = new Map<FlowLink, number>();
  for (const end of side.ends) {
    let at = end.top;
    const mine = links.filter((link) => link[own] === end.key);
    for (const link of mine.toSorted((a, b) => (order.get(a[far]) ?? 0) - (order.get(b[far]) ?? 0))) {
      offsets.set(link, at + (link.value * scale) / 2);
      at += link.value * scale;
    }
  }
  return offsets;
}

function nodesOf(
  side: Side,
  x: number,
  height: number,
  colourOf: (key: string) => number,
): FlowChart['nodes'] {
  return side.ends.map((end) => ({
    x,
    y: round(end.top + lift(side, height)),
    height: round(end.height),
    colour: colourOf(end.key),
    href: end.href,
  }));
}

function labelsOf(
  side: Side,
  how: { x: number; anchor: 'start' | 'end'; height: number; format: (value: number) => string },
): FlowChart['labels'] {
  return side.ends.map((end) => ({
    x: how.x,
    y: round(end.top + end.height / 2 + lift(side, how.height)),
    anchor: how.anchor,
    text: `${shorten(end.label)} ${how.format(end.value)}`,
    href: end.href,
  }));
}

/** The shorter side stands in the middle. */
function lift(side: Side, height: number): number {
  return (height - side.height) / 2;
}

function shorten(label: string): string {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
}

function sumOf(links: FlowLink[], end: 'from' | 'to', key: string): number {
  return links.reduce((sum, link) => sum + (link[end] === key ? link.value : 0), 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
