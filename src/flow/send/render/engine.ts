import { Liquid } from 'liquidjs';

/** Tags that choose and repeat. What reads other templates, or opts out of escaping, is not here. */
const TAGS = new Set([
  'assign',
  'break',
  'capture',
  'case',
  'comment',
  'continue',
  'cycle',
  'decrement',
  'for',
  'if',
  'increment',
  'unless',
  '#',
]);

/** Filters that shape a value. Without `raw` (turns escaping off), hashes, base64 and what evaluates an expression. */
const FILTERS = new Set([
  'abs',
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'ceil',
  'compact',
  'concat',
  'date',
  'default',
  'divided_by',
  'downcase',
  'escape',
  'escape_once',
  'first',
  'floor',
  'join',
  'last',
  'lstrip',
  'map',
  'minus',
  'modulo',
  'normalize_whitespace',
  'number_of_words',
  'plus',
  'prepend',
  'remove',
  'remove_first',
  'remove_last',
  'replace',
  'replace_first',
  'replace_last',
  'reverse',
  'round',
  'rstrip',
  'size',
  'slice',
  'sort',
  'sort_natural',
  'split',
  'strip',
  'strip_html',
  'strip_newlines',
  'sum',
  'times',
  'truncate',
  'truncatewords',
  'uniq',
  'upcase',
  'url_decode',
  'url_encode',
  'where',
]);

/** The library's own limits stop nearly everything; the thread's end stops the rest. */
const PARSE_CHARACTERS = 600_000;
const RENDER_MS = 500;
const MEMORY_UNITS = 5_000_000;

/** An engine for words of marketers: `html` escapes what it prints, `text` (subject, plain part) does not. */
export function createEngine(kind: 'html' | 'text', timezone: string): Liquid {
  const engine = new Liquid({
    ...(kind === 'html' ? { outputEscape: 'escape' as const } : {}),
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    dynamicPartials: false,
    templates: {},
    timezoneOffset: timezone,
    dateFormat: '%-d %B %Y',
    parseLimit: PARSE_CHARACTERS,
    renderLimit: RENDER_MS,
    memoryLimit: MEMORY_UNITS,
  });
  for (const tag of Object.keys(engine.tags)) if (!TAGS.has(tag)) delete engine.tags[tag];
  for (const filter of Object.keys(engine.filters)) if (!FILTERS.has(filter)) delete engine.filters[filter];
  return engine;
}
