import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Account } from './account.ts';

/** Where one embedded database lives. `data` is PostgreSQL's own folder, `socket` the one of its socket. */
export type Folder = { root: string; data: string; socket: string; log: string; owner: string };

export function nameFolder(dataDir: string): Folder {
  const root = path.resolve(dataDir);
  // A socket's path may have 107 bytes, so it never lies inside the clone.
  const name = `segments-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`;
  return {
    root,
    data: path.join(root, 'pg'),
    socket: path.join(os.tmpdir(), name),
    log: path.join(root, 'postgres.log'),
    owner: path.join(root, 'owner.pid'),
  };
}

/** Makes the folders, each closed as far as it can be, and checks that the account can write where it must. */
export function makeFolder(folder: Folder, account: Account): void {
  const isOurs = account.uid === undefined;
  makeLevels(folder.root, isOurs ? 0o700 : 0o711);
  if (!existsSync(folder.data)) mkdirSync(folder.data, { mode: 0o700 });
  if (!isOurs) chownSync(folder.data, account.uid!, account.gid!);
  if (!canWrite(folder.data, account)) {
    throw new Error(
      `The account of PostgreSQL cannot reach ${folder.data}. Open the folders above it to pass through ` +
        `(chmod a+x), choose another DATA_DIR such as /var/lib/segments, or set DATABASE_URL.`,
    );
  }
}

/** A fresh folder for the socket: a stale socket keeps a lock that outlives its server. */
export function makeSocketFolder(folder: Folder, account: Account): void {
  rmSync(folder.socket, { recursive: true, force: true });
  // Not recursive, so that a folder made by another account in the meantime is refused.
  mkdirSync(folder.socket, { mode: 0o700 });
  if (account.uid !== undefined) chownSync(folder.socket, account.uid, account.gid!);
}

/** Says what to do about data of another major version, which PostgreSQL itself only logs. */
export function checkVersion(folder: Folder, version: string): void {
  const file = path.join(folder.data, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  const ours = version.split('.')[0];
  if (found !== ours) {
    throw new Error(
      `The data in ${folder.data} are of PostgreSQL ${found}, this version brings ${ours}. Make a backup with the ` +
        `version that wrote them, move the folder away, start, and restore the backup.`,
    );
  }
}

/**
 * Level by level: `recursive` with a mode would close the new parents to the account as well, and so would a
 * strict umask, which chmod does not heed.
 */
export function makeLevels(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  makeLevels(path.dirname(folder), 0o755);
  mkdirSync(folder, { mode });
  chmodSync(folder, mode);
}

function canWrite(folder: string, account: Account): boolean {
  return spawnSync('test', ['-w', folder], { ...account, cwd: '/' }).status === 0;
}
