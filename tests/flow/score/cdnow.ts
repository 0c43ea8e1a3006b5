import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import type { Workspace } from '../../../src/db/doors.ts';
import { hashId, newId } from '../../../src/db/ids.ts';
import type { Database } from '../../../src/db/pool.ts';

const FILE = path.join(import.meta.dirname, '..', '..', 'fixtures', 'cdnow', 'transactions.csv.gz');

export type Purchase = { customer: string; date: string; amount: string };

/** The published purchase log: 6,919 purchases of 2,357 people. */
export function readPurchases(): Purchase[] {
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(FILE)), { columns: true });
  return rows.map((row) => ({ customer: row.customer_id!, date: row.date!, amount: row.amount! }));
}

/** Puts the log on profiles as order_placed, straight into the tables: for tests of what comes after. */
export async function insertPurchases(database: Database, workspace: Workspace): Promise<void> {
  const at = new Date('1998-07-01T00:00:00Z').toISOString();
  const sourceId = newId();
  const rows = readPurchases().map((one, line) => ({
    profile: hashId(workspace.id, one.customer),
    id: hashId(workspace.id, 'event', String(line)),
    at: `${one.date}T12:00:00Z`,
    value: one.amount,
  }));
  const json = JSON.stringify(rows);
  await database.db.execute(sql`insert into sources (workspace_id, id, key, connector, name, created_at)
    values (${workspace.id}, ${sourceId}, 'shop', 'csv', 'Shop', ${at})`);
  await database.db.execute(sql`insert into event_names (workspace_id, id, name, first_seen_at)
    values (${workspace.id}, 1, 'order_placed', ${at})`);
  await database.db.execute(sql`insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
    select ${workspace.id}::uuid, g.profile, ${at}, min(g.at), max(g.at)
      from json_to_recordset(${json}::json) as g (profile uuid, at timestamptz) group by g.profile`);
  await database.db.execute(sql`insert into events
      (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, properties, source_id, subject, via_kind, via_value)
    select ${workspace.id}::uuid, g.profile, g.id, 1, g.at, g.at, g.value, '{}', ${sourceId}::uuid, g.id, 'user_id', g.profile::text
      from json_to_recordset(${json}::json) as g (profile uuid, id uuid, at timestamptz, value numeric)`);
}
