import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../base/config.ts';
import { readOrMakeFile } from '../base/kept-files.ts';
import { newToken } from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { users } from '../db/schema/staff.ts';

/**
 * The code that the first visit has to know, so that whoever finds the port first does not own the product. It lies
 * in DATA_DIR/setup-code, readable by our account only, and is null once somebody has an account.
 */
export async function readSetupCode(database: Database, config: Config): Promise<string | null> {
  const file = path.join(config.dataDir, 'setup-code');
  if (await hasUsers(database)) {
    rmSync(file, { force: true });
    return null;
  }
  mkdirSync(config.dataDir, { recursive: true });
  return readOrMakeFile(file, newToken);
}

async function hasUsers(database: Database): Promise<boolean> {
  return await withPlatform(
    database,
    async (db) => (await db.select({ id: users.id }).from(users).limit(1)).length > 0,
  );
}
