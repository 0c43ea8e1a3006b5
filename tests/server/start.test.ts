import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { findRunning } from '../../src/db/embedded/server.ts';
import { findFreePort, makeDataDir, runCommand, start, startReady } from '../setup/process.ts';

const LONG = { timeout: 120_000 };

async function settings(): Promise<{ DATA_DIR: string; PORT: string }> {
  return { DATA_DIR: makeDataDir(), PORT: String(await findFreePort()) };
}

test(
  'the first start makes its database, keeps its key to itself and prints the link for the first account',
  LONG,
  async () => {
    const env = await settings();
    const running = await startReady(env);
    const code = readFileSync(path.join(env.DATA_DIR, 'setup-code'), 'utf8').trim();
    expect(running.output()).toContain(`http://localhost:${env.PORT}/setup?code=${code}`);
    for (const name of ['setup-code', 'secret-key', 'owner.pid']) {
      expect(statSync(path.join(env.DATA_DIR, name)).mode & 0o777, name).toBe(0o600);
    }
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
    expect(existsSync(path.join(env.DATA_DIR, 'owner.pid'))).toBe(false);
  },
);

test('what was committed is there again after the process was killed', LONG, async () => {
  const env = await settings();
  const first = await startReady(env);
  await query(
    findRunning(env.DATA_DIR)!.url,
    "insert into workspaces values (gen_random_uuid(), 'Tea', 'UTC', 'EUR', 'shop', false, '{}', now())",
  );
  first.child.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  await startReady(env);
  expect(await query(findRunning(env.DATA_DIR)!.url, 'select name from workspaces')).toEqual([
    { name: 'Tea' },
  ]);
});

test('a database survives when it is killed together with its owner', LONG, async () => {
  const env = await settings();
  const first = await startReady(env);
  const postmaster = Number(
    readFileSync(path.join(env.DATA_DIR, 'pg', 'postmaster.pid'), 'utf8').split('\n')[0],
  );
  first.child.kill('SIGKILL');
  process.kill(postmaster, 'SIGKILL');
  await first.ended;
  const again = await startReady(env);
  expect((await fetch(`${again.baseUrl}/healthz`)).status).toBe(200);
});

test('a second start on the same data, and one on a taken port, say what to do', LONG, async () => {
  const env = await settings();
  const running = await startReady(env);
  const sameData = start({ ...env, PORT: String(await findFreePort()) });
  expect(await sameData.ended).toBe(1);
  expect(sameData.output()).toContain(
    `is in use by process ${running.child.pid}. Stop it, or give this one its own DATA_DIR`,
  );
  const samePort = start({ DATA_DIR: makeDataDir(), PORT: env.PORT });
  expect(await samePort.ended).toBe(1);
  expect(samePort.output()).toContain(`Port ${env.PORT} on 127.0.0.1 is taken`);
});

test('wrong settings are named, and a database of your own needs a key of your own', LONG, async () => {
  const wrong = start({ PORT: 'many', LOG_LEVEL: 'loud' });
  expect(await wrong.ended).toBe(1);
  expect(wrong.output()).toMatch(/PORT[\s\S]*LOG_LEVEL/);
  const moved = start({ NOW: '2026-03-01T08:00:00Z', BASE_URL: 'https://segments.example.com' });
  expect(await moved.ended).toBe(1);
  expect(moved.output()).toContain('NOW');
  const env = await settings();
  await startReady(env);
  const keyless = start({ ...env, DATABASE_URL: findRunning(env.DATA_DIR)!.url, PORT: '0' });
  expect(await keyless.ended).toBe(1);
  expect(keyless.output()).toContain('SECRET_KEY is needed with DATABASE_URL');
});

test('a database of a newer version is left alone', LONG, async () => {
  const env = await settings();
  const newer = await startReady(env);
  await query(
    findRunning(env.DATA_DIR)!.url,
    "insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)",
  );
  newer.child.kill('SIGTERM');
  await newer.ended;
  const older = start(env);
  expect(await older.ended).toBe(1);
  expect(older.output()).toContain('newer version');
});

test('a command uses the database of the running start, or starts it for itself', LONG, async () => {
  const env = { DATA_DIR: makeDataDir() };
  const alone = runCommand(env, ['doctor', '--json']);
  const answer = z.object({ pid: z.number(), version: z.string(), encoding: z.string() });
  expect(answer.parse(JSON.parse(alone.out))).toMatchObject({ encoding: 'UTF8' });
  const running = await startReady({ ...env, PORT: String(await findFreePort()) });
  const beside = runCommand(env, ['doctor', '--json']);
  expect(answer.parse(JSON.parse(beside.out)).pid).toBe(running.child.pid);
  const wrong = runCommand(env, ['doctor', '--colour', 'red']);
  expect(wrong).toMatchObject({ status: 1, out: '' });
  expect(wrong.err).toContain('--colour');
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
