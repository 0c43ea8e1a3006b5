import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { from as copyFrom } from 'pg-copy-streams';
import type { Database, Db } from './pool.ts';

/** Brings rows in for less than an insert does. The statement is ours whole, since COPY takes no parameters. */
export type Copy = (statement: string, pieces: Buffer[]) => Promise<void>;

/** A transaction that can COPY, on a connection of its own: a copy speaks past drizzle. */
export async function withCopying<T>(
  database: Database,
  work: (db: Db, copy: Copy) => Promise<T>,
): Promise<T> {
  const client = await database.pool.connect();
  const copy: Copy = async (statement, pieces) =>
    await pipeline(Readable.from(pieces), client.query(copyFrom(statement)));
  try {
    return await drizzle(client).transaction(async (db) => await work(db, copy));
  } finally {
    client.release();
  }
}

/** A row as COPY reads it. */
export function writeLine(fields: string[]): string {
  return `${fields.map(escapeField).join('\t')}\n`;
}

/** The fields of one line, without its end. */
export function readLine(line: string): string[] {
  return line
    .split('\t')
    .map((field) => field.replace(/\\(.)/g, (_, letter: string) => LETTERS[letter] ?? letter));
}

const LETTERS: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

function escapeField(text: string): string {
  if (!/[\\\n\r\t]/.test(text)) return text;
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
}
