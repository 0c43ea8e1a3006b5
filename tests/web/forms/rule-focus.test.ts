import { expect, test } from 'vitest';
import { focusAfter } from '../../../src/web/forms/rule-focus.ts';
import { applyAction, emptyRule, type GroupForm } from '../../../src/web/forms/rule-form.ts';

const NESTED = applyAction(applyAction(emptyRule(), 'add r'), 'group r');
const EVENT: GroupForm = {
  ...emptyRule(),
  children: [{ type: 'leaf', fields: { kind: 'event' }, where: [] }],
};
const ASKED = applyAction(EVENT, 'where r.0');

test.each([
  ['a new condition', NESTED, 'add r', 'r.3.kind'],
  ['a new group', NESTED, 'group r', 'r.3.mode'],
  ['a new condition in a group', NESTED, 'add r.2', 'r.2.1.kind'],
  ['the next one after a removal', NESTED, 'remove r.1', 'r.1.mode'],
  ['the one before the last', NESTED, 'remove r.2', 'r.1.kind'],
  ['the button of a group with nothing left', NESTED, 'remove r.2.0', 'add r.2'],
  ['a new “where”', ASKED, 'where r.0', 'r.0.where.1.property'],
  ['the button after the only “where”', ASKED, 'unwhere r.0.0', 'where r.0'],
  ['nowhere else when counting', NESTED, 'count r', ''],
  ['nowhere for an action there is not', NESTED, 'remove r.9.9', ''],
])('the builder goes on at %s', (_name, form, action, place) => {
  expect(focusAfter(applyAction(form, action), action)).toBe(place);
});
