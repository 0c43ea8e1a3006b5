import type { Comparison, Measure } from './comparison.ts';
import { durationWords, windowWords } from './windows.ts';

const MEASURE_WORDS = {
  eq: 'exactly',
  ne: 'not',
  gt: 'more than',
  gte: 'at least',
  lt: 'fewer than',
  lte: 'at most',
  between: 'between',
};

/** "is at least 3", "is not set, or differs" – the part of a sentence after the name. */
export function comparisonWords(comparison: Comparison): string {
  const words = operatorWords(comparison);
  return comparison.unset === 'yes' ? `${words}, or is not set` : words;
}

/** "at least 3", "between 2 and 4" */
export function measureWords(measure: Measure): string {
  const asked = Array.isArray(measure.value) ? measure.value.join(' and ') : String(measure.value);
  return `${MEASURE_WORDS[measure.op]} ${asked}`;
}

function operatorWords(comparison: Comparison): string {
  switch (comparison.op) {
    case 'eq':
      return `is ${quote(comparison.value)}`;
    case 'ne':
      return `is not ${quote(comparison.value)}`;
    case 'in':
      return `is one of ${comparison.value.map(quote).join(', ')}`;
    case 'notIn':
      return `is none of ${comparison.value.map(quote).join(', ')}`;
    case 'gt':
      return `is more than ${comparison.value}`;
    case 'gte':
      return `is at least ${comparison.value}`;
    case 'lt':
      return `is less than ${comparison.value}`;
    case 'lte':
      return `is at most ${comparison.value}`;
    case 'between':
      return `is between ${comparison.value.join(' and ')}`;
    default:
      return otherWords(comparison);
  }
}

function otherWords(comparison: Comparison): string {
  switch (comparison.op) {
    case 'contains':
      return `contains ${quote(comparison.value)}`;
    case 'notContains':
      return `does not contain ${quote(comparison.value)}`;
    case 'startsWith':
      return `starts with ${quote(comparison.value)}`;
    case 'endsWith':
      return `ends with ${quote(comparison.value)}`;
    case 'set':
      return 'is set';
    case 'unset':
      return 'is not set';
    case 'before':
    case 'after':
    case 'on':
      return `is ${comparison.op} ${comparison.value}`;
    case 'within':
      return `is ${windowWords(comparison.value)}`;
    case 'anniversary':
      return 'next' in comparison.value
        ? `has its anniversary in the next ${durationWords(comparison.value.next)}`
        : 'has its anniversary today';
    default:
      return `is ${comparison.op}`;
  }
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `“${value}”` : String(value);
}
