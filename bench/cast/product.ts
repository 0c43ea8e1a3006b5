import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';

export type Product = { child: ChildProcess; url: string };

/** The product as `npm start` runs it, as a process of its own with this environment. */
export async function startProduct(env: Record<string, string>, args: string[] = []): Promise<Product> {
  const port = await findFreePort();
  const server = path.join(import.meta.dirname, '..', '..', 'src', 'server.ts');
  const child = spawn(process.execPath, [...flagsOfStart(), server, ...args], {
    env: { PATH: process.env.PATH, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 900; tries += 1) {
    const isReady = await request(`${url}/readyz`).then(
      ({ statusCode }) => statusCode === 200,
      () => false,
    );
    if (isReady) return { child, url };
    await sleep(100);
  }
  throw new Error('The product did not start.');
}

/** How `npm start` runs Node: what it keeps of its memory depends on it. */
function flagsOfStart(): string[] {
  const file = path.join(import.meta.dirname, '..', '..', 'package.json');
  const { scripts } = z
    .object({ scripts: z.object({ start: z.string() }) })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

export async function stopProduct({ child }: Product): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Memory that this process holds, and the most it ever held; null where the system does not tell (only Linux does). */
export function memoryOf({ child }: Product): { mb: number; peakMb: number } | null {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const mbOf = (field: string) =>
      Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
    return { mb: mbOf('VmRSS'), peakMb: mbOf('VmHWM') };
  } catch (error) {
    if (process.platform === 'linux') throw error;
    return null;
  }
}

export type Visitor = {
  get: (at: string) => Promise<string>;
  /** Sends a form as the page at `from` has it; answers where it leads to. */
  post: (at: string, fields: Record<string, string>, from: string) => Promise<string>;
};

/** Somebody with a browser that keeps cookies and runs no script. */
export function openVisitor(url: string): Visitor {
  const dispatcher = new Agent({ connections: 2 });
  let cookie = '';
  const ask = async (at: string, body?: string) => {
    const headers = { cookie, ...(body ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) };
    const method = body ? 'POST' : 'GET';
    const answer = await request(`${url}${at}`, { dispatcher, method, headers, body: body ?? null });
    const cookies = [answer.headers['set-cookie'] ?? []].flat().map((one) => one.split(';')[0]);
    if (cookies.length > 0) cookie = cookies.join('; ');
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${at} answered ${answer.statusCode}: ${wordsOf(text)}`);
    return { text, location: answer.headers.location?.toString() };
  };
  const get = async (at: string) => (await ask(at)).text;
  const post = async (at: string, fields: Record<string, string>, from: string) => {
    const token = /name="_csrf" value="([^"]+)"/.exec(await get(from))?.[1];
    if (!token) throw new Error(`${from} has no form.`);
    const { location, text } = await ask(at, new URLSearchParams({ ...fields, _csrf: token }).toString());
    if (!location) throw new Error(`${at} led nowhere: ${wordsOf(text)}`);
    return location;
  };
  return { get, post };
}

/** A page without its marks. */
export function wordsOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
