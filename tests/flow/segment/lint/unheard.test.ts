import { expect, test } from 'vitest';
import { findUnheard } from '../../../../src/flow/segment/lint/unheard.ts';
import { parseDefinition } from '../../../../src/flow/segment/rules/node.ts';

const HEARD = ['order_placed', 'page_viewed', 'Tea Tasted'];
const remarks = (definition: unknown) =>
  findUnheard(parseDefinition(definition), HEARD).map(({ path, advice }) => [path, advice]);
const OTHERWISE = 'The dictionary lists every event there is.';

test.each([
  ['two letters that changed places', 'odrer_placed', 'Did you mean order_placed?'],
  ['another way of writing', 'order placed', 'Did you mean order_placed?'],
  ['a letter too few', 'page_viewd', 'Did you mean page_viewed?'],
  ['a name of one’s own', 'tea-tasted', 'Did you mean Tea Tasted?'],
  ['something else altogether', 'horoscope_read', OTHERWISE],
  ['a word too short to guess at', 'tea', OTHERWISE],
])('an event that never came in is told, with the nearest name: %s', (_name, event, advice) => {
  expect(remarks({ all: [{ event }] })).toEqual([['all.0', advice]]);
});

test('what came in is not told, nor any event, nor a name that is read as another', () => {
  for (const event of ['order_placed', 'Tea Tasted', '*', 'Order Completed'])
    expect(remarks({ event }), event).toEqual([]);
});

test('each step of a sequence is looked at', () => {
  const sequence = [{ event: 'page_viewed' }, { event: 'order_plced', within: '7d' }];
  expect(remarks({ any: [{ sequence }] })).toEqual([['any.0', 'Did you mean order_placed?']]);
});
