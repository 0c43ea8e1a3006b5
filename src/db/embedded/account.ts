import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Binaries } from './binaries.ts';
import { makeLevels } from './folder.ts';

/** Who PostgreSQL runs as: ourselves (empty), or, where we are root, an account of its own; it refuses root. */
export type Account = { uid: number; gid: number } | Record<string, never>;

const NOBODY = 65_534;
const CACHE = '/var/cache/segments';

export function chooseAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const found = findAccount('postgres') ?? addAccount('postgres');
  return found ?? { uid: NOBODY, gid: NOBODY };
}

/** The folder of binaries that this account can run: where npm put it, or else a copy outside a closed home. */
export function makeRunnable(binaries: Binaries, account: Account): string {
  if (canRun(binaries.folder, account)) return binaries.folder;
  const copy = path.join(CACHE, `postgres-${binaries.version}-${process.arch}`);
  if (!existsSync(copy)) copyBinaries(binaries.folder, copy);
  if (!canRun(copy, account))
    throw new Error(
      `PostgreSQL cannot run from ${copy}. Delete that folder and start again, or set DATABASE_URL.`,
    );
  return copy;
}

function findAccount(name: string): Account | null {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return null;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function addAccount(name: string): Account | null {
  const options = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name];
  const added = spawnSync('useradd', options);
  return added.status === 0 ? findAccount(name) : null;
}

function canRun(folder: string, account: Account): boolean {
  // From `/`, because the account may not be allowed to look into our own directory.
  return (
    spawnSync(path.join(folder, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' }).status === 0
  );
}

function copyBinaries(from: string, to: string): void {
  makeLevels(path.dirname(to), 0o755);
  const unfinished = `${to}.${process.pid}`;
  // Without verbatimSymlinks the links would point back into the closed folder.
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  openToRead(unfinished);
  try {
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

/** `chmod -R a+rX,go-w`: a strict umask would leave the copy closed as well. */
function openToRead(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) openToRead(file);
    else if (entry.isFile()) chmodSync(file, statSync(file).mode & 0o100 ? 0o755 : 0o644);
  }
}
