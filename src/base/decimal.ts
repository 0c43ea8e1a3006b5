/**
 * Exact decimals as text. A number is a JSON number, or text that is written like one with at most fifteen
 * digits before the point and six after it; anything else is no number. Read to six places, never a float.
 */
const DECIMAL_TEXT = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$/;
const LARGEST = 1e15;

/** `24.9`, `"24.90"` -> exact decimal text; undefined for what is no number. */
export function toDecimal(value: unknown): string | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && Math.abs(value) < LARGEST ? trimZeros(value.toFixed(6)) : undefined;
  return typeof value === 'string' && DECIMAL_TEXT.test(value) ? value : undefined;
}

function trimZeros(text: string): string {
  const trimmed = text.replace(/\.?0+$/, '');
  return trimmed === '-0' ? '0' : trimmed;
}
