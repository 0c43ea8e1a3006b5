import { z } from 'zod';

/** Where a value lies: `data.user.email`, `items.0.price`; names joined by dots. */
const path = z.string().min(1).max(500);
const name = z.string().trim().min(1).max(200);

export const IDENTIFIERS = ['user_id', 'email', 'phone', 'source', 'anonymous_id'] as const;

/**
 * Which field of what comes in says what. `kind`: whether it says something of a person or that something
 * happened; an event's traits are told of the person beside it.
 */
export const webhookMapping = z.strictObject({
  kind: z.enum(['people', 'events']),
  identifiers: z
    .partialRecord(z.enum(IDENTIFIERS), path)
    .refine((given) => Object.keys(given).length > 0, 'Say which field names the person.'),
  traits: z.record(name, path).default({}),
  /** A name for every event, or the field that says it. */
  event: z.union([name, z.strictObject({ path })]).optional(),
  occurredAt: path.optional(),
  value: path.optional(),
  /** Three letters for every event, or the field that says them. */
  currency: z
    .union([
      z.string().regex(/^[A-Z]{3}$/, 'Write the currency as three letters, like EUR.'),
      z.strictObject({ path }),
    ])
    .optional(),
  properties: z.record(name, path).default({}),
});
export type WebhookMapping = z.infer<typeof webhookMapping>;

/** One value found in what came in, and where. */
export type Leaf = { path: string; value: unknown };

/** Deeper or longer than this nobody chooses from a list. */
const MOST_LEAVES = 200;
const DEEPEST = 6;

/** The fields of an example that can be given a meaning, in their order. */
export function listLeaves(payload: unknown, prefix = '', depth = 0): Leaf[] {
  if (typeof payload !== 'object' || payload === null || depth === DEEPEST)
    return prefix === '' ? [] : [{ path: prefix, value: payload }];
  const inner = Object.entries(payload).flatMap(([key, value]) =>
    listLeaves(value, prefix === '' ? escapeDots(key) : `${prefix}.${escapeDots(key)}`, depth + 1),
  );
  return inner.slice(0, MOST_LEAVES);
}

/** The value at a path; undefined where there is none. Only own fields count. */
export function valueAt(payload: unknown, at: string): unknown {
  return at.split(/(?<!\\)\./).reduce<unknown>((found, part) => {
    const key = part.replaceAll('\\.', '.');
    return typeof found === 'object' && found !== null && Object.hasOwn(found, key)
      ? Reflect.get(found, key)
      : undefined;
  }, payload);
}

/** A field whose own name has a dot. */
function escapeDots(key: string): string {
  return key.replaceAll('.', '\\.');
}
