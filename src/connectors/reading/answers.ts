import { z } from 'zod';
import { ConnectorError, Invalid } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';

/** The vendor's answer, checked for the little we rely on; all else in it stays as it is. */
export function readAnswer<T>(answer: HttpAnswer, schema: z.ZodType<T>, vendor: string): T {
  const parsed = schema.safeParse(answer.json());
  if (parsed.success) return parsed.data;
  throw new ConnectorError(`${vendor} answered in a form we do not know.`, {
    retryable: true,
    cause: parsed.error,
  });
}

/** An item as it was stored, read for mapping. What does not fit is put into quarantine with the field at fault. */
export function readPayload<T>(payload: Record<string, unknown>, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new Invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

/** A cursor as it was stored; null, or one written in a form we left behind, begins from the start. */
export function readCursor<T>(cursor: unknown, schema: z.ZodType<T>): T | null {
  const parsed = schema.safeParse(cursor);
  return parsed.success ? parsed.data : null;
}

/** Text, or undefined for what vendors write when there is none. */
export const optionalText = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === '' ? undefined : String(value)));

/** A vendor's moment: ISO with a zone, `2026-11-01 21:35:57` or `2026-11-01T21:35:57` in UTC, `+0000` zones. */
export const moment = z.string().transform((text, context) => {
  const at = toMoment(text);
  if (!at) context.addIssue({ code: 'custom', message: `"${text}" is not a time.` });
  return at ?? z.NEVER;
});

/** The same, where the vendor may leave it out or write an empty text. */
export const optionalMoment = z
  .string()
  .nullish()
  .transform((text) => (text ? (toMoment(text) ?? undefined) : undefined));

export function toMoment(text: string): Date | null {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(text);
  const iso = text
    .trim()
    .replace(' ', 'T')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const at = new Date(hasZone ? iso : `${iso}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** Only what has a value: a trait that is not known is left out, so that it overwrites nothing. */
export function withoutUnset(traits: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(traits).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}
