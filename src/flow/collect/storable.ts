/**
 * What Postgres can keep as jsonb: every JSON but text with NUL or half a surrogate pair. JSON.stringify
 * writes exactly these as escapes, so one look at the serialised text decides; an escaped backslash before
 * the `u` is text that only looks like one.
 */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

export function isStorable(json: string): boolean {
  return !json.includes('\\u') || !UNSTORABLE.test(json);
}

export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

/** The same value as far as Postgres can keep it, for the eye: what it cannot becomes U+FFFD. */
export function toStorableJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      isRecord(inner) ? withStorableKeys(inner) : toStorable(inner),
    ) ?? 'null'
  );
}

export function toStorableText(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

function toStorable(value: unknown): unknown {
  return typeof value === 'string' ? toStorableText(value) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withStorableKeys(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [toStorableText(key), value]));
}
