import { expect, test } from 'vitest';
import { flowChart } from '../../../src/web/models/chart-flow.ts';

const keys = Array.from({ length: 12 }, (_, index) => `group${index}`);
const ends = keys.map((key) => ({ key, label: key, href: null }));
/** More than are drawn: from each of twelve groups to five others. */
const links = keys.flatMap((from, row) =>
  keys.slice(0, 5).map((to, column) => ({ from, to, value: 1 + ((row * 7 + column * 3) % 10) })),
);

test('a group is labelled with everyone who left it or came to it, also by threads too thin to draw', () => {
  const chart = flowChart({ title: 'Moves', left: ends, right: ends, links, format: String });
  expect(chart.ribbons.length).toBeLessThan(links.length);
  for (const [anchor, end] of [
    ['end', 'from'],
    ['start', 'to'],
  ] as const) {
    const labels = chart.labels.filter((label) => label.anchor === anchor).map(({ text }) => text);
    const counts = Map.groupBy(links, (link) => link[end]);
    const expected = keys.flatMap((key) => {
      const people = (counts.get(key) ?? []).reduce((sum, { value }) => sum + value, 0);
      return people > 0 ? [`${key} ${people}`] : [];
    });
    expect(labels).toEqual(expected);
  }
});
