import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline as flow } from 'node:stream/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import type { Database } from '../../src/db/pool.ts';

const COPIES: [table: string, columns: Record<string, string>][] = [
  ['profiles', { workspace_id: 'uuid', id: 'uuid', merged_into: 'uuid', erased_at: 'timestamptz' }],
  ['profile_traits', { workspace_id: 'uuid', profile_id: 'uuid', traits: 'json' }],
  [
    'facts',
    {
      workspace_id: 'uuid',
      profile_id: 'uuid',
      orders: 'bigint',
      net_revenue: 'decimal(18,6)',
      average_order: 'decimal(18,6)',
      last_order_at: 'timestamptz',
      first_seen_at: 'timestamptz',
      last_seen_at: 'timestamptz',
      signed_up_at: 'timestamptz',
      rfm_group: 'text',
      first_channel: 'text',
    },
  ],
  [
    'events',
    {
      workspace_id: 'uuid',
      profile_id: 'uuid',
      name_id: 'integer',
      occurred_at: 'timestamptz',
      value: 'decimal(18,6)',
      properties: 'json',
    },
  ],
];

export type ColumnStore = { count: (statement: string) => Promise<number>; close: () => void };

/** A column store with a copy of its own of what the statements read, in memory, with as many threads as cores. */
export async function copyToColumnStore(database: Database): Promise<ColumnStore> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-columns-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: String(os.availableParallelism()) });
  const connection = await instance.connect();
  try {
    await connection.run("set timezone = 'UTC'");
    for (const [table, columns] of COPIES) await copyTable(database, connection, { folder, table, columns });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    count: async (statement) => {
      const rows = (await connection.runAndReadAll(statement)).getRowsJson();
      return Number(z.tuple([z.tuple([z.coerce.number()])]).parse(rows)[0][0]);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function copyTable(
  { pool }: Database,
  connection: DuckDBConnection,
  { folder, table, columns }: { folder: string; table: string; columns: Record<string, string> },
): Promise<void> {
  const file = path.join(folder, `${table}.csv`);
  const client = await pool.connect();
  try {
    await client.query("set timezone = 'UTC'");
    const names = Object.keys(columns).join(', ');
    await flow(
      client.query(copyTo(`copy (select ${names} from ${table}) to stdout (format csv)`)),
      createWriteStream(file),
    );
  } finally {
    client.release(true);
  }
  const typed = Object.entries(columns).map(([name, type]) => `${name}: '${type}'`);
  await connection.run(
    `create table ${table} as select * from read_csv('${file}', auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', columns = {${typed.join(', ')}})`,
  );
}
