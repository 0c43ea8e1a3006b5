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
