import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startEmbedded } from '../../src/db/embedded/server.ts';

/** Ends by itself, says thousands of lines of log meanwhile, and does not look whether its server still lives. */
const BUSY = `do $$ declare till timestamptz := clock_timestamp() + interval '1500 milliseconds'; begin
  while clock_timestamp() < till loop raise log 'an orphan is still at work'; end loop; end $$`;

test('a server that was killed is started again as soon as its last connection has ended', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-orphaned-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o711);
  const data = path.join(folder, 'data');
  const killed = await startEmbedded(data);
  const orphan = await connect(killed.url);
  const working = orphan.query(BUSY);
  await expect.poll(() => readLog(data)).toContain('an orphan is still at work');
  process.kill(Number(readFileSync(path.join(data, 'pg/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  await killed.stop();

  const again = await startEmbedded(data);
  onTestFinished(async () => await again.stop());
  expect(readLog(data)).toContain('pre-existing shared memory block');
  await working;
  const client = await connect(again.url);
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

function readLog(data: string): string {
  return readFileSync(path.join(data, 'postgres.log'), 'utf8');
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
