/** Money as vendors write it: exact decimal text. It is never a float on its way. */

/** More places than any currency or tax rounding has. */
const SCALE = 6;
const UNIT = 10n ** BigInt(SCALE);

export function sum(...amounts: string[]): string {
  return toText(amounts.reduce((total, amount) => total + toUnits(amount), 0n));
}

export function minus(amount: string, ...less: string[]): string {
  return toText(toUnits(amount) - less.reduce((total, one) => total + toUnits(one), 0n));
}

/** The share of `amount` that `part` is of `whole`, to the cent. All of it where there is no whole to be part of. */
export function share(amount: string, part: string, whole: string): string {
  if (toUnits(whole) === 0n) return amount;
  const cents = UNIT / 100n;
  const twice = (2n * toUnits(amount) * toUnits(part)) / (toUnits(whole) * cents);
  return toText(((twice + (twice < 0n ? -1n : 1n)) / 2n) * cents);
}

export function isPositive(amount: string): boolean {
  return toUnits(amount) > 0n;
}

export function smaller(a: string, b: string): string {
  return toUnits(a) < toUnits(b) ? a : b;
}

export function withoutSign(amount: string): string {
  return amount.replace(/^-/, '');
}

/** 1999 of a currency with two places is 19.99. */
export function fromMinorUnits(amount: number, places: number): string {
  return toText(BigInt(amount) * 10n ** BigInt(SCALE - places), places);
}

/** `12.3`, `-4`, `1,200.50` is none: vendors' APIs write no thousands. Nothing is zero. */
function toUnits(text: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^\s*(-?)(\d+)(?:\.(\d+))?\s*$/.exec(text || '0') ?? [
    '',
    '',
    ...refuse(text),
  ];
  const units = BigInt(whole) * UNIT + BigInt(fraction.slice(0, SCALE).padEnd(SCALE, '0'));
  return sign === '-' ? -units : units;
}

function refuse(text: string): never {
  throw new Error(`"${text}" is no amount.`);
}

/** At least two places, as people read money; more only where they say something. */
function toText(units: bigint, places = 2): string {
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '').padEnd(places, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction ? `.${fraction}` : ''}`;
}
