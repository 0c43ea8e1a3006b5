import { expect, test } from 'vitest';
import { cutRows, rfmMap } from '../../../src/web/models/rfm-map.ts';

const at = new Date('2026-11-24T03:00:00Z');
const hoursAgo = (hours: number) => new Date(at.getTime() - hours * 3_600_000).toISOString();
const cutsAt = (hours: number[]) => ({
  r: hours.map(hoursAgo),
  f: [2, 3, 4, 5],
  m: ['10', '20', '30', '40'],
});

test('a score is nobody’s only where it begins and ends at one instant, not where it does so on one day', () => {
  const words = (hours: number[]) =>
    cutRows(cutsAt(hours), { at, currency: 'EUR' }).map((row) => row.recency);
  expect(words([200, 100, 20, 8])).toEqual([
    'up to 1 day ago',
    'up to 1 day',
    'up to 5 days',
    'up to 9 days',
    'over 9 days ago',
  ]);
  expect(words([200, 100, 20, 20])[1]).toBe('nobody');
});

test('no row of the map that holds people is said to be nobody', () => {
  const cells = [{ r: 4, f: 1, m: 1, group: 'new', people: 50, revenue: '5' }];
  const { rows } = rfmMap(cells, cutsAt([40, 30, 20, 8]), { by: 'people', at, currency: 'EUR' });
  const held = rows.filter((row) => row.tiles.some((tile) => tile.figure === '50'));
  expect(held.map((row) => row.label)).toEqual(['4: up to 1 day']);
});
