import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
const START_LIMIT_MS = 90_000;

/** The product as a process of its own, as `npm start` runs it. */
export type Running = {
  child: ChildProcess;
  baseUrl: string;
  output: () => string;
  /** How it ended: its status, or the signal's name. */
  ended: Promise<number | NodeJS.Signals | null>;
};

/** A folder for DATA_DIR that the database's own account can pass through, too. */
export function makeDataDir(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-start-'));
  chmodSync(folder, 0o711);
  return path.join(folder, 'data');
}

export async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

/** What a process of the product finds of the machine's environment. */
function machine(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = os.tmpdir() } = process.env;
  return { PATH, HOME, TMPDIR };
}

/** Starts `src/server.ts` with this environment and nothing else of ours; ended with the test at the latest. */
export function start(env: Record<string, string>, args: string[] = []): Running {
  const child = spawn(process.execPath, [path.join(ROOT, 'src', 'server.ts'), ...args], {
    env: { ...machine(), SCHEDULE: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, baseUrl: `http://127.0.0.1:${env.PORT}`, output: () => output, ended };
}

/** Starts, and waits until it answers that it is ready. */
export async function startReady(env: Record<string, string>): Promise<Running> {
  const running = start(env);
  const until = performance.now() + START_LIMIT_MS;
  while (!(await isReady(running.baseUrl))) {
    if (running.child.exitCode !== null || performance.now() > until)
      throw new Error(`It did not start:\n${running.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return running;
}

/** One command, as `npm run cli --` runs it. */
export function runCommand(
  env: Record<string, string>,
  args: string[],
): { status: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [path.join(ROOT, 'src', 'cli.ts'), ...args], {
    env: { ...machine(), LOG_LEVEL: 'warn', ...env },
    encoding: 'utf8',
  });
  return { status: done.status, out: done.stdout, err: done.stderr };
}

async function isReady(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}
