import { describe, expect, test } from 'vitest';
import { matchForm, shownForm } from '../../../src/flow/identify/normalise.ts';
import { compareVersions } from '../../../src/flow/identify/versions.ts';

describe('identifiers are compared in one form', () => {
  test.each([
    [' Ada@Example.COM ', 'ada@example.com'],
    ['a.d.a+news@googlemail.com', 'ada@gmail.com'],
    ['ada+news@outlook.com', 'ada@outlook.com'],
    ['ada+news@shop.example', 'ada+news@shop.example'],
    ['ada.l@yahoo.com', 'ada.l@yahoo.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
  ])('%s is compared as %s', (given, expected) => expect(matchForm('email', given)).toBe(expected));

  test.each([
    'info@shop.example',
    'No-Reply@shop.example',
    'noreply@x.io',
    'not an address',
    'a@b',
    '@x.io',
    'a@',
  ])('%s is no key of a person', (given) => expect(matchForm('email', given)).toBeNull());

  test.each([
    'null',
    'NONE',
    'undefined',
    'NaN',
    'true',
    'false',
    'anonymous',
    'Guest',
    'test',
    'unknown',
    'N/A',
    '[object Object]',
    '00000000-0000-0000-0000-000000000000',
    '0',
    '0000',
    '---',
    '',
    '   ',
  ])('the id "%s" names nobody', (given) => {
    for (const kind of ['user_id', 'anonymous_id', 'email', 'phone', 'source:1'])
      expect(matchForm(kind, given)).toBeNull();
  });

  test.each([
    ['020 7946 0958', 'GB', '+442079460958'],
    ['+44 (0)20 7946 0958', undefined, '+442079460958'],
    ['030 901820', 'de', '+4930901820'],
    ['123', 'US', null],
    ['+9991234567', undefined, null],
    ['020 7946 0958', undefined, null],
    ['1111111111', 'US', null],
  ])('the phone %s in %s is %s', (given, country, expected) =>
    expect(matchForm('phone', given, { country })).toBe(expected),
  );

  test('the same digits throughout are refused for phones only', () => {
    expect(matchForm('user_id', '1111111')).toBe('1111111');
  });

  test('an address is shown as it can be written to, not as it is compared', () => {
    expect(shownForm('email', 'ada@gmail.com', ' A.da+News@gmail.com')).toBe('a.da+news@gmail.com');
  });
});

describe('versions', () => {
  test.each([
    ['2026-01-02T00:00:00Z', '2026-01-01T23:00:00-01:00', 0],
    ['2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', 1],
    ['9', '10', -1],
    ['3f2a', '9b1c', 0],
    ['10', '2026-01-01', 0],
  ])('%s against %s', (a, b, expected) => expect(compareVersions(a, b)).toBe(expected));
});
