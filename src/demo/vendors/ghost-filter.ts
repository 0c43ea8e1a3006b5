/** A row passes when all conditions of the filter do. */
export type Fits = (row: object) => boolean;

const CONDITION = /^([a-z_.]+):(>=|<=|>|<)?(?:'([^']*)'|\[([^\]]*)\]|([A-Za-z0-9_-]+))$/;

/** The part of Ghost's filter language that is asked of it. Null for a malformed filter, to which Ghost answers nothing. */
export function compileFilter(filter: string | null): Fits | null {
  if (!filter) return () => true;
  const conditions = filter.split('+').map(compileCondition);
  return conditions.every((condition) => condition !== null)
    ? (row) => conditions.every((fits) => fits(row))
    : null;
}

function compileCondition(text: string): Fits | null {
  const [, path, sign, quoted, many, bare] = CONDITION.exec(text) ?? [];
  if (!path) return null;
  const names = path.split('.');
  if (many !== undefined) {
    const wanted = new Set(many.split(','));
    return (row) => wanted.has(valueAt(row, names));
  }
  const value = quoted ?? bare ?? '';
  if (!sign) return (row) => valueAt(row, names) === value;
  const than = Date.parse(`${value.replace(' ', 'T')}Z`);
  return Number.isNaN(than) ? null : compare(names, sign, new Date(than).toISOString());
}

/** Moments are written alike on both sides, so that they can be compared as text: a filter runs over all rows. */
function compare(names: string[], sign: string, than: string): Fits {
  if (sign === '>=') return (row) => valueAt(row, names) >= than;
  if (sign === '<=') return (row) => valueAt(row, names) <= than;
  return sign === '>' ? (row) => valueAt(row, names) > than : (row) => valueAt(row, names) < than;
}

function valueAt(row: object, names: string[]): string {
  let value: unknown = row;
  for (const name of names)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return String(value ?? '');
}
