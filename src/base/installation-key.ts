import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Config } from './config.ts';
import { Invalid } from './errors.ts';
import { readOrMakeFile } from './kept-files.ts';
import { log } from './log.ts';

/**
 * The key of the installation: SECRET_KEY, or the one in DATA_DIR/secret-key, made on the first start of an
 * embedded database. Data kept elsewhere outlive this machine, so there the key has to be given.
 */
export function readInstallationKey(config: Config, database: { isNew: boolean }): Buffer {
  if (!config.secretKey && config.databaseUrl) {
    throw new Invalid([
      {
        path: 'SECRET_KEY',
        message: 'is needed with DATABASE_URL. Make one with `openssl rand -base64 32` and keep it.',
      },
    ]);
  }
  const text =
    config.secretKey ?? readOrMakeFile(path.join(config.dataDir, 'secret-key'), () => makeKey(database));
  return createHash('sha256').update(text).digest();
}

function makeKey(database: { isNew: boolean }): string {
  if (!database.isNew)
    log.error('The key of the installation is gone, a new one was made: sealed credentials do not open');
  return randomBytes(32).toString('base64');
}
