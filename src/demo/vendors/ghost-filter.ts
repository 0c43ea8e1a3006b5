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
  if (many !== undefined) {
    const wanted = new Set(many.split(','));
    return (row) => wanted.has(valueAt(row, path));
  }
  const value = quoted ?? bare ?? '';
  if (!sign) return (row) => valueAt(row, path) === value;
  const than = Date.parse(`${value.replace(' ', 'T')}Z`);
  return Number.isNaN(than) ? null : (row) => compare(Date.parse(valueAt(row, path)), sign, than);
}

function compare(left: number, sign: string, right: number): boolean {
  if (sign === '>=') return left >= right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left < right;
}

function valueAt(row: object, path: string): string {
  let value: unknown = row;
  for (const name of path.split('.')) value = Object.entries(value ?? {}).find(([key]) => key === name)?.[1];
  return String(value ?? '');
}
