import { expect, test } from 'vitest';
import { fromMinorUnits, minus, share, smaller, sum } from '../../src/connectors/reading/decimals.ts';
import { versionAt } from '../../src/connectors/reading/versions.ts';
import { compareVersions } from '../../src/flow/identify/versions.ts';

test('amounts are added, taken away and shared to the cent, however large', () => {
  expect(sum('0.10', '0.20')).toBe('0.30');
  expect(sum('90071992547409.93', '0.01')).toBe('90071992547409.94');
  expect(minus('10', '0.01', '3')).toBe('6.99');
  expect([share('10.00', '1', '3'), share('10.00', '2', '3'), share('5', '0', '0')]).toEqual([
    '3.33',
    '6.67',
    '5',
  ]);
  expect(smaller('9.5', '10')).toBe('9.5');
  expect([fromMinorUnits(1999, 2), fromMinorUnits(500, 0), fromMinorUnits(1234, 3)]).toEqual([
    '19.99',
    '500',
    '1.234',
  ]);
  expect(() => sum('1,200.50')).toThrow('is no amount');
});

test('of two states of one second neither is newer; of two seconds the later is', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 9, 1, 8, 0, second));
  expect(versionAt(at(0), { a: 1 })).not.toBe(versionAt(at(0), { a: 2 }));
  expect(compareVersions(versionAt(at(0), { a: 1 }), versionAt(at(0), { a: 2 }))).toBe(0);
  expect(compareVersions(versionAt(at(1), { a: 1 }), versionAt(at(0), { a: 2 }))).toBe(1);
});
