import { type SQL, sql } from 'drizzle-orm';

const DIGITS = [sql`0`, sql`1`, sql`2`, sql`3`, sql`4`, sql`5`, sql`6`, sql`7`, sql`8`, sql`9`];

/** A number of ours in the text of a statement, for names and places that cannot be parameters. */
export function digits(number: number): SQL {
  return sql.join(
    [...String(number)].map((digit) => DIGITS[Number(digit)]!),
    sql``,
  );
}
