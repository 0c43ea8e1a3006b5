import { expect, test } from 'vitest';
import { editDistance } from '../../src/base/edit-distance.ts';

test.each([
  ['', '', 0],
  ['', 'tea', 3],
  ['tea', '', 3],
  ['tea', 'tea', 0],
  ['tea', 'team', 1],
  ['tea', 'toa', 1],
  ['odrer', 'order', 2],
  ['kitten', 'sitting', 3],
])('from “%s” to “%s” it is %i letters', (from, to, letters) => {
  expect(editDistance(from, to)).toBe(letters);
});
