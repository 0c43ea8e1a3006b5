type Timed<Row, Column extends keyof Row> = Omit<Row, Column> & {
  [K in Column]: Date | Extract<Row[K], null>;
};

/** A raw statement gives moments as text; here the named columns become dates. Null stays null. */
export function withTimes<Row extends Record<string, unknown>, Column extends keyof Row & string>(
  rows: Row[],
  ...columns: Column[]
): Timed<Row, Column>[] {
  return rows.map((row) => {
    const times = columns.map((column) => [
      column,
      row[column] === null ? null : new Date(String(row[column])),
    ]);
    return { ...row, ...Object.fromEntries(times) };
  });
}

/** An instant as Postgres reads it: years before 1 and after 9999 have a spelling of their own there. */
export function timestampText(milliseconds: number): string {
  const moment = new Date(milliseconds);
  const year = moment.getUTCFullYear();
  const text = moment.toISOString();
  if (year >= 1 && year <= 9999) return text;
  const rest = text.slice('+010000'.length);
  return year > 9999
    ? `${year}${rest}`
    : `${String(1 - year).padStart(4, '0')}${year === 0 ? text.slice(4) : rest} BC`;
}
