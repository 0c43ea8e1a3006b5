import { expect, test } from 'vitest';
import { z } from 'zod';
import { issueWords } from '../../src/base/issue-words.ts';

test.each([
  [z.string(), undefined, 'This is needed.'],
  [z.string(), 7, 'A text is expected here.'],
  [z.int(), 1.5, 'A whole number is expected here.'],
  [z.enum(['seen', 'not seen']), 'granted', 'Choose one of seen, not seen.'],
  [z.literal(true), 'yes', 'Only true can stand here.'],
  [z.string().max(6), '1234567', 'At most 6 characters.'],
  [z.string().min(1), '', 'At least 1 character.'],
  [z.number().max(100), 101, 'At most 100.'],
  [z.number().positive(), 0, 'More than 0.'],
  [z.array(z.string()).min(2), ['a'], 'At least 2 of them.'],
  [z.iso.date(), '31.03.2026', 'Write a day like 2026-03-31.'],
  [z.union([z.literal(''), z.iso.date()]), 'soon', 'Write a day like 2026-03-31.'],
  [z.union([z.number(), z.boolean()]), 'soon', 'This cannot stand here.'],
  [z.string().max(3, 'Shorter, please.'), 'long', 'Shorter, please.'],
])('an input that does not fit is told in a sentence: %#', (schema, given, words) => {
  const { error } = schema.safeParse(given, { error: issueWords });
  expect(error?.issues.map(({ message }) => message)).toEqual([words]);
});
