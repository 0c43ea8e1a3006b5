import { DateTime } from 'luxon';
import { toDecimal } from '../../base/decimal.ts';
import { Invalid } from '../../base/errors.ts';
import { unguardFormula } from '../../base/formula.ts';
import type { TimeColumn } from './mapping.ts';

export type Row = Record<string, string>;

/** The cell of a column without the spaces around it and the guard of an export; undefined when it is empty. */
export function readCell(row: Row, column: string): string | undefined {
  const text = unguardFormula((row[column] ?? '').trim()).trim();
  return text === '' ? undefined : text;
}

/** The instant a cell names, local time of `zone` where it names none. Of a local time that comes twice, the first. */
export function readTime(
  row: Row,
  { column, format, zone }: TimeColumn,
  workspaceZone: string,
): Date | undefined {
  const text = readCell(row, column);
  if (text === undefined) return undefined;
  const options = { zone: zone ?? workspaceZone, locale: 'en' };
  const parsed = format
    ? DateTime.fromFormat(text, format, options)
    : DateTime.fromISO(text.replace(' ', 'T'), options);
  if (!parsed.isValid)
    throw refuse(column, `${quote(text)} is not a time${format ? ` of the form ${format}` : ''}.`);
  return parsed.getPossibleOffsets()[0]!.toJSDate();
}

/** Money in a cell as exact decimal text. `decimal` says which sign stands before the fraction. */
export function readMoney(row: Row, column: string, decimal: '.' | ',' | undefined): string | undefined {
  const text = readCell(row, column);
  if (text === undefined) return undefined;
  const money = toDecimal(plainNumber(text.replace(/[\s\u00a0€$£¥']/g, ''), decimal));
  if (money === undefined) throw refuse(column, `${quote(text)} is not a number.`);
  return money;
}

export function refuse(path: string, message: string): Invalid {
  return new Invalid([{ path, message }]);
}

export function quote(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

/** `1.234,5` and `1,234.5` -> `1234.5`. A lone comma is a decimal one unless three digits follow it. */
function plainNumber(text: string, decimal: '.' | ',' | undefined): string {
  const sign = decimal ?? (/^[+-]?\d*,(\d{1,2}|\d{4,})$/.test(text) || /\.\d{3},/.test(text) ? ',' : '.');
  const grouped = sign === ',' ? /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/ : /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;
  const group = sign === ',' ? '.' : ',';
  const ungrouped = grouped.test(text) ? text.replaceAll(group, '') : text;
  return trim(sign === ',' ? ungrouped.replace(',', '.') : ungrouped);
}

/** `+007.50000000` -> `7.5`; what is no number stays as it is. */
function trim(text: string): string {
  const parts = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(text);
  if (!parts) return text;
  const [, sign, whole, fraction] = parts;
  return `${sign === '-' ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}
