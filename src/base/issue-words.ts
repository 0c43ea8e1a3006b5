import type { z } from 'zod';

/**
 * What is wrong with an input, said to whoever fills in a form. For `safeParse(…, { error: issueWords })`: a
 * schema's own message still comes first, and zod's words, which are for programmers, never come through.
 */
export function issueWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'This is needed.' : (TYPES[issue.expected] ?? USELESS);
    case 'invalid_value':
      return choiceWords(issue.values.map(String));
    case 'too_big':
      return limitWords(issue.inclusive === false ? 'Less than' : 'At most', issue.maximum, issue.origin);
    case 'too_small':
      return limitWords(issue.inclusive === false ? 'More than' : 'At least', issue.minimum, issue.origin);
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'This is not written as it should be.';
    default:
      return USELESS;
  }
}

const USELESS = 'This cannot stand here.';

const TYPES: Record<string, string> = {
  string: 'A text is expected here.',
  number: 'A number is expected here.',
  int: 'A whole number is expected here.',
  boolean: 'True or false is expected here.',
  array: 'A list is expected here.',
  tuple: 'A list is expected here.',
  object: 'An object is expected here.',
  record: 'An object is expected here.',
};

const FORMATS: Record<string, string> = {
  date: 'Write a day like 2026-03-31.',
  datetime: 'Write a date and time like 2026-03-31T18:00:00Z.',
  email: 'Write an e-mail address like name@example.com.',
  url: 'Write an address like https://example.com.',
};

function choiceWords(choices: string[]): string {
  return choices.length === 1 ? `Only ${choices[0]} can stand here.` : `Choose one of ${choices.join(', ')}.`;
}

/** `At most 200 characters.` */
function limitWords(most: string, limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${most} ${limit} ${limit === 1 ? 'character' : 'characters'}.`;
  return origin === 'array' || origin === 'set' ? `${most} ${limit} of them.` : `${most} ${limit}.`;
}
