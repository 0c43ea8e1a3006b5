import { readInstant } from '../../../base/local-times.ts';

/**
 * JSON as rules read it. A JSON number is a bigint of millionths, so that nothing is ever compared as a float:
 * bigint cannot come from JSON itself, so the two cannot be mixed up.
 */
export type Value = null | boolean | string | bigint | Value[] | { [key: string]: Value };

const NUMBER_TEXT = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$/;
const JSON_NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** JSON text with every number exact. */
export function parseExact(text: string): Value {
  const reviver = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' ? toMillionths(context.source ?? String(value)) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as Value;
}

/** A plain value, numbers as they print. */
export function toValue(plain: unknown): Value {
  return parseExact(JSON.stringify(plain ?? null));
}

/** Decimal text to millionths, rounded half away from zero as numeric does. */
export function toMillionths(text: string): bigint {
  const [, sign, whole = '0', fraction = '', exponent = '0'] = JSON_NUMBER.exec(text) ?? [];
  const shift = Number(exponent) + 6 - fraction.length;
  const digits = BigInt(whole + fraction);
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : roundAway(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -size : size;
}

/** Millionths as decimal text, for SQL parameters and evidence. */
export function printMillionths(number: bigint): string {
  const size = number < 0n ? -number : number;
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${number < 0n ? '-' : ''}${size / 1_000_000n}${fraction ? `.${fraction}` : ''}`;
}

/** Is decimal text a whole number that fits into a bigint of the database? */
export function isBigint(text: string): boolean {
  return /^-?[0-9]{1,18}$/.test(text);
}

/** The number a value is: a JSON number, or text written like one. */
export function numberOf(value: Value): bigint | null {
  if (typeof value === 'bigint') return value;
  else return typeof value === 'string' && NUMBER_TEXT.test(value) ? toMillionths(value) : null;
}

export function instantOf(value: Value, zone: string): number | null {
  return typeof value === 'string' ? readInstant(value, zone) : null;
}

export function isUnset(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** What a comparison looks at: the elements of a list, else the value itself. */
export function elementsOf(value: Value): Value[] {
  return Array.isArray(value) ? value : [value];
}

/** A name is looked up whole, then split at its dots; a path walks into each element of a list. */
export function lookUp(object: Value, name: string): Value | undefined {
  const whole = member(object, name);
  if (whole !== undefined || !name.includes('.')) return whole;
  const found = name.split('.').reduce<Value[]>(step, [object]);
  return found.length === 1 ? found[0] : found.flatMap(elementsOf);
}

function step(found: Value[], part: string): Value[] {
  return found
    .flatMap(elementsOf)
    .map((each) => member(each, part))
    .filter((each) => each !== undefined);
}

function member(object: Value, name: string): Value | undefined {
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  return isObject && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Divides as numeric does: a half goes away from zero. Of sizes, which are never negative. */
export function roundAway(digits: bigint, by: bigint): bigint {
  return (digits * 2n + by) / (by * 2n);
}
