import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Conflict } from '../../base/errors.ts';
import type { Folder } from './folder.ts';

/** Who keeps an embedded database running: written beside it, read by a second start and by the commands. */
export type Owner = { pid: number; identity: string; url: string };

/** The owner if it is alive; null when there is none, or when it died without tidying up. */
export function findOwner(folder: Folder): Owner | null {
  if (!existsSync(folder.owner)) return null;
  const [pid, identity, url] = readFileSync(folder.owner, 'utf8').split('\n');
  if (!pid || !url || Number(pid) === process.pid) return null;
  return isAlive(Number(pid), identity ?? '') ? { pid: Number(pid), identity: identity ?? '', url } : null;
}

/** Makes this process the owner, or says who is. */
export function becomeOwner(folder: Folder, url: string): void {
  const owner = findOwner(folder);
  if (owner) {
    throw new Conflict(
      `The database in ${folder.root} is in use by process ${owner.pid}. Stop it, or give this one its own DATA_DIR or a DATABASE_URL.`,
    );
  }
  rmSync(folder.owner, { force: true });
  // Exclusive, so that of two starts at the same moment one is refused.
  writeFileSync(folder.owner, `${process.pid}\n${identify(process.pid)}\n${url}\n`, {
    flag: 'wx',
    mode: 0o600,
  });
}

export function stopOwning(folder: Folder): void {
  rmSync(folder.owner, { force: true });
}

export function isAlive(pid: number, identity: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return identity === '' || identify(pid) === identity;
}

/**
 * Numbers are used again, in containers soon: a process is its number, the boot it runs in and when it began.
 * Empty where there is no /proc, or for one that has ended and is not yet collected.
 */
function identify(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? 'ended' : `${boot}/${fields[19]}`;
  } catch {
    return '';
  }
}
