import { z } from 'zod';
import { Invalid, type Issue } from '../base/errors.ts';
import { issueWords } from '../base/issue-words.ts';

/** What came with a request, before any schema has looked at it. */
export type RawInput = { params: unknown; query: unknown; body: unknown };

export type Checked<T> = { data: T; issues: null } | { data: null; issues: Issue[] };

/** Runs a schema over an input; texts that no database takes (NUL, half surrogates) are refused before. */
export function check<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const unfit = findUnfitText(input);
  if (unfit !== null)
    return { data: null, issues: [{ path: unfit, message: 'Contains a character that cannot be stored.' }] };
  const parsed = schema.safeParse(input, { error: issueWords });
  if (parsed.success) return { data: parsed.data, issues: null };
  return { data: null, issues: toIssues(parsed.error) };
}

/** The same, throwing Invalid. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const checked = check(schema, input);
  if (checked.issues) throw new Invalid(checked.issues);
  return checked.data;
}

/** An unknown key is named itself, so that whoever misspelt it finds it. */
export function toIssues(error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'This field is not known.' }));
  });
}

/** The first message of each field, for a form. */
export function toFieldErrors(issues: Issue[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const issue of issues) errors[issue.path] ??= issue.message;
  return errors;
}

/** Nothing is expected. Its output is an empty object, which is what a page without a schema gets. */
export const nothing = z.strictObject({});

/** Path of the first text that cannot be stored, or null. Walks without recursion: depth is the sender's choice. */
function findUnfitText(input: unknown): string | null {
  const waiting: { path: string; value: unknown }[] = [{ path: '', value: input }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, value } = next;
    if (typeof value === 'string' && isUnfit(value)) return path;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      const inside = path ? `${path}.${key}` : key;
      if (isUnfit(key)) return path;
      waiting.push({ path: inside, value: inner });
    }
  }
  return null;
}

function isUnfit(text: string): boolean {
  return text.includes('\u0000') || !text.isWellFormed();
}
