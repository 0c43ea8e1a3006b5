/** `user_id`, `email`, `phone`, `anonymous_id`, or `source:<source id>`: a vendor's own id of the person. */
export type Identifier = { kind: string; value: string };

/** An identifier as one text, for maps; NUL stands in no text of ours. */
export type IdentifierKey = string;

/** The smaller, the stronger. A vendor's own id says less than an address: every WordPress has a user 1. */
const PRIORITIES: Record<string, number> = { user_id: 1, email: 2, phone: 3, anonymous_id: 9 };
const SOURCE_PRIORITY = 4;

/** More of one kind than this is not one person; 50 anonymous ids are five years of new devices and cookies. */
const LIMITS: Record<string, number> = { user_id: 1, email: 5, phone: 5, anonymous_id: 50 };
const SOURCE_LIMIT = 5;

export function priorityOf(kind: string): number {
  return PRIORITIES[kind] ?? SOURCE_PRIORITY;
}

export function limitOf(kind: string): number {
  return LIMITS[kind] ?? SOURCE_LIMIT;
}

export function keyOf(identifier: Identifier): IdentifierKey {
  return `${identifier.kind}\u0000${identifier.value}`;
}

export function identifierOf(key: IdentifierKey): Identifier {
  const at = key.indexOf('\u0000');
  return { kind: key.slice(0, at), value: key.slice(at + 1) };
}

/** Strongest kind first, then by value, so that every process picks the same one. */
export function compareStrength(a: Identifier, b: Identifier): number {
  return (
    priorityOf(a.kind) - priorityOf(b.kind) || compareText(a.kind, b.kind) || compareText(a.value, b.value)
  );
}

/** By code unit: the same order on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
