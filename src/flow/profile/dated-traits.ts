import type { DatedValue } from './dated-values.sql.ts';
import { readInstant } from './dates.ts';

/** More dates than this in one trait are a log, not a date. Texts that are no dates do not count. */
const MAX_DATES = 100;

/** The dates among a person's traits, by the names that rules may use: `trialEndsAt`, `subscription.endsAt`. */
export function findDatedTraits(
  profileId: string,
  traits: Record<string, unknown>,
  timezone: string,
): DatedValue[] {
  const texts = new Map<string, string[]>();
  for (const [name, value] of Object.entries(traits)) collect(name, value, texts);
  return [...texts].flatMap(([name, found]) =>
    found
      .flatMap((text) => readInstant(text, timezone)?.setZone(timezone) ?? [])
      .slice(0, MAX_DATES)
      .map((local, ordinal) => ({
        profileId,
        name: `trait:${name}`,
        ordinal,
        at: local.toJSDate(),
        month: local.month,
        day: local.day,
      })),
  );
}

/** A dotted path walks into objects, and into each object of a list. */
function collect(name: string, value: unknown, texts: Map<string, string[]>): void {
  if (typeof value === 'string') {
    const known = texts.get(name);
    if (known) known.push(value);
    else texts.set(name, [value]);
  } else if (Array.isArray(value)) {
    for (const element of value) collect(name, element, texts);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) collect(`${name}.${key}`, inner, texts);
  }
}
