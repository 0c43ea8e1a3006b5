/**
 * Spreadsheets run a cell that begins like a formula, also behind quotes, spaces or in full-width signs. What we
 * write gets an apostrophe in front, which they show as text; what we read loses it again, so that writing and
 * reading is no change.
 */
const LIKE_A_FORMULA = /^'*["'\s\u00a0\u2018-\u201f\uff02\uff07\u3000]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

export function guardFormula(text: string): string {
  return LIKE_A_FORMULA.test(text) ? `'${text}` : text;
}

export function unguardFormula(text: string): string {
  return text.startsWith("'") && LIKE_A_FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}
