import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Folder } from './folder.ts';

/** What every action on the server needs: where the programs are, who runs them, and on which folder. */
export type Place = { bin: string; account: Account; folder: Folder };

const READY_POLL_MS = 10;
const READY_LIMIT_MS = 60_000;
const ORPHANS = 'pre-existing shared memory block';
const ORPHANS_POLL_MS = 250;
const ORPHANS_LIMIT_MS = 15_000;
/** UTF-8 whatever the machine speaks; order by code point, upper and lower case for all of Unicode. */
const INIT = [
  '-U',
  'postgres',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--auth=trust',
];
/** A share of the machine for pages of tables; taken only as they are read. */
const BUFFERS_MB = Math.round(Math.min(4_096, Math.max(128, totalmem() / 2 ** 20 / 8)));
/** What a refresh of thousands writes until its commit; where there is less room, it stops to write it out itself. */
const LOG_BUFFERS_MB = Math.round(Math.min(64, BUFFERS_MB / 8));
const SETTINGS = [
  `shared_buffers=${BUFFERS_MB}MB`,
  // A batch of records is sorted, and a report grouped, without a file.
  'work_mem=16MB',
  `wal_buffers=${LOG_BUFFERS_MB}MB`,
  'max_wal_size=1GB',
  'jit=off',
  'timezone=UTC',
  'listen_addresses=',
  'unix_socket_permissions=0700',
];

/** Makes the database folder once. */
export function initDatabase({ bin, account, folder }: Place, extra: string[]): void {
  if (existsSync(path.join(folder.data, 'PG_VERSION'))) return;
  const made = spawnSync(
    path.join(bin, 'initdb'),
    ['-D', folder.data, ...INIT, '--data-checksums', ...extra],
    {
      ...account,
      cwd: '/',
      env: environment(),
      encoding: 'utf8',
    },
  );
  if (made.status !== 0)
    throw new Error(`initdb failed in ${folder.data}: ${made.stderr || made.error?.message}`);
}

/**
 * Starts the server. Connections of a server that was killed live on until they notice, and hold its memory: until
 * then the new one refuses to start, so it is tried again for some seconds.
 */
export async function startPostmaster(place: Place, extra: string[]): Promise<ChildProcess> {
  const until = performance.now() + ORPHANS_LIMIT_MS;
  const { log } = place.folder;
  for (;;) {
    const from = existsSync(log) ? statSync(log).size : 0;
    try {
      return await startOnce(place, extra);
    } catch (error) {
      // In all it said: what the orphans were at may stand below, line after line.
      const isOrphaned = readFileSync(log).subarray(from).includes(ORPHANS);
      if (!isOrphaned || performance.now() > until) throw error;
      await sleep(ORPHANS_POLL_MS);
    }
  }
}

/** In a process group of its own: Ctrl-C reaches us, and we end it after the last request. */
async function startOnce(place: Place, extra: string[]): Promise<ChildProcess> {
  const { bin, account, folder } = place;
  const settings = [...SETTINGS, `unix_socket_directories=${folder.socket}`, ...extra].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const log = openSync(folder.log, 'a', 0o600);
  const child = spawn(path.join(bin, 'postgres'), ['-D', folder.data, ...settings], {
    ...account,
    cwd: folder.data,
    env: environment(),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await waitUntilReady(child, folder);
  child.unref();
  return child;
}

/** Fast: open transactions are ended, nothing committed is lost. */
export async function stopPostmaster(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // Without ref() Node would end in the middle of the wait.
  child.ref();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await ended;
}

/** Puts right what a killed owner left behind: a server that lives on, or the traces of one that does not. */
export function clearLeftOvers({ bin, account, folder }: Place): void {
  const file = path.join(folder.data, 'postmaster.pid');
  if (!existsSync(file)) return;
  if (isPostgres(Number(readFileSync(file, 'utf8').split('\n')[0]))) {
    const stopped = spawnSync(path.join(bin, 'pg_ctl'), ['stop', '-D', folder.data, '-m', 'fast', '-w'], {
      ...account,
      cwd: '/',
      env: environment(),
      encoding: 'utf8',
    });
    if (stopped.status !== 0)
      throw new Error(`A database left over in ${folder.data} does not stop: ${stopped.stderr}`);
  } else {
    rmSync(file);
  }
}

async function waitUntilReady(child: ChildProcess, folder: Folder): Promise<void> {
  let failure: Error | null = null;
  child.once('error', (error) => {
    failure = error;
  });
  const until = performance.now() + READY_LIMIT_MS;
  while (!isReady(folder, child.pid)) {
    if (failure) throw failure;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || performance.now() > until)
      throw new Error(`PostgreSQL did not start:\n${lastLines(folder.log)}`);
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
}

/** Line 1 of postmaster.pid is the process, line 8 its state. */
function isReady(folder: Folder, pid: number | undefined): boolean {
  const file = path.join(folder.data, 'postmaster.pid');
  if (!existsSync(file)) return false;
  const lines = readFileSync(file, 'utf8').split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

function isPostgres(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync('/proc/self')) return existsSync(file) && readFileSync(file, 'utf8').includes('postgres');
  return spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).stdout.includes(
    'postgres',
  );
}

/** Without the lines that go on with a statement, which begin with a tab. */
function lastLines(file: string): string {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines
    .filter((line) => !line.startsWith('\t'))
    .slice(-12)
    .join('\n');
}

/** Nothing of ours: LANG and the PG variables would change what the server does. */
function environment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' };
}
