import type { Column } from '../../base/read-only-postgres.ts';
import { columnOf } from './connection.ts';

/** Puts a value among the parameters of a statement, and gives its place there. */
export type Put = (value: string) => string;

type Slice = { from: Date; to: Date };

export const WITH_ZONE = 1184;
const TIMES = new Set([1082, 1114, WITH_ZONE]);
const NUMBERS = new Set([20, 21, 23, 1700]);

export function isTime({ typeId }: Column): boolean {
  return TIMES.has(typeId);
}

/** Whole numbers and decimals; what floats is not exact. */
export function isExact({ typeId }: Column): boolean {
  return NUMBERS.has(typeId);
}

/** A time column as the instant it means: without a zone it is local time. */
export function toInstant({ name, typeId }: Column, timezone: string, put: Put): string {
  const column = columnOf(name);
  return typeId === WITH_ZONE ? column : `(${column}::timestamp at time zone ${put(timezone)})`;
}

/** The condition that a time lies in [from, to); on the column as it is, so that its index can be used. */
export function isBetween(column: Column, timezone: string, put: Put, { from, to }: Slice): string {
  const at = (instant: Date) => {
    const given = `${put(instant.toISOString())}::timestamptz`;
    return column.typeId === WITH_ZONE ? given : `(${given} at time zone ${put(timezone)})`;
  };
  const name = columnOf(column.name);
  return `${name} >= ${at(from)} and ${name} < ${at(to)}`;
}
