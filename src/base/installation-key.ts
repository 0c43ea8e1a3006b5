import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config.ts';
import { Invalid } from './errors.ts';
import { readOrMakeFile, replaceFile } from './kept-files.ts';
import { log } from './log.ts';
import type { KeyRing } from './secrets.ts';

type Keeping = Pick<Config, 'dataDir' | 'secretKey' | 'previousSecretKey' | 'databaseUrl'>;

/**
 * Where the keys of the installation are read from: SECRET_KEY, or the one in DATA_DIR/secret-key, made on the
 * first start of an embedded database. Data kept elsewhere outlive this machine, so there the key has to be given.
 * A key in a file is read again whenever the file is another: a running process follows a change of keys.
 */
export function keysOf(config: Keeping, database: { isNew: boolean }): () => KeyRing {
  const given = config.previousSecretKey ? [toKey(config.previousSecretKey)] : [];
  if (config.secretKey) {
    const ring = { current: toKey(config.secretKey), previous: given };
    return () => ring;
  }
  if (config.databaseUrl) {
    throw new Invalid([
      {
        path: 'SECRET_KEY',
        message: 'is needed with DATABASE_URL. Make one with `openssl rand -base64 32` and keep it.',
      },
    ]);
  }
  const file = fileOf(config);
  readOrMakeFile(file, () => makeFirstKey(database));
  return following(file, () => {
    // In this order: whoever finds the new key finds the one before it, too.
    const current = toKey(readText(file));
    return { current, previous: [...readKeyAside(config), ...given] };
  });
}

/** The key before the one in the file, while there still is one, and since when it has been put aside. */
export function findKeyAside(config: Keeping): { file: string; since: Date } | null {
  const file = previousOf(config);
  return existsSync(file) ? { file, since: statSync(file).mtime } : null;
}

/**
 * Puts the key in the file aside and a new one in its place. Whoever dies on the way finds a whole key in each file,
 * and does the rest when called again; a change that is under way is left to be finished. One process at a time.
 */
export function renewKeyFile(config: Keeping): void {
  const file = fileOf(config);
  const aside = previousOf(config);
  if (!existsSync(aside)) replaceFile(aside, readText(file));
  if (readText(aside) !== readText(file)) return;
  // Written again: from now on counts for how long it has been aside.
  replaceFile(aside, readText(file));
  replaceFile(file, makeKey());
}

/** The key as it is used, of the text that an admin keeps. */
function toKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function fileOf({ dataDir }: Keeping): string {
  return path.join(dataDir, 'secret-key');
}

function previousOf({ dataDir }: Keeping): string {
  return path.join(dataDir, 'secret-key.previous');
}

/** Reads when the file is another than at the last reading; a file that is gone leaves what was read. */
function following(file: string, read: () => KeyRing): () => KeyRing {
  let ring: KeyRing | null = null;
  let seen = '';
  return () => {
    const state = statSync(file, { bigint: true, throwIfNoEntry: false });
    const found = state ? `${state.ino} ${state.mtimeNs}` : seen;
    if (!ring || found !== seen) ring = read();
    seen = found;
    return ring;
  };
}

function readKeyAside(config: Keeping): Buffer[] {
  const file = previousOf(config);
  return existsSync(file) ? [toKey(readText(file))] : [];
}

function readText(file: string): string {
  return readFileSync(file, 'utf8').trim();
}

function makeFirstKey(database: { isNew: boolean }): string {
  if (!database.isNew)
    log.error('The key of the installation is gone, a new one was made: sealed credentials do not open');
  return makeKey();
}

function makeKey(): string {
  return randomBytes(32).toString('base64');
}
