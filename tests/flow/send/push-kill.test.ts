import { type ChildProcess, spawn } from 'node:child_process';
import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { pushDestination } from '../../../src/flow/send/push.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts';
import { addressToBeKilled, endLeasesOfKilled } from '../../setup/killed.ts';
import { type Receiver, startReceiver } from '../../vendors/receiver.ts';
import { countStates, createDestinationCast } from './destinations-cast.ts';

const PUSHER = new URL('./push-process.ts', import.meta.url).pathname;
const PEOPLE = 450;
/** In the middle of the second hundred and of the fourth: what was answered then is noted nowhere. */
const KILL_AT = [150, 320];

let databases: TestDatabase;
let server: Receiver;
beforeAll(async () => {
  databases = await createTestDatabase();
  await loadConnectors();
});
afterEach(async () => await server.close());

test('a push killed between the answer and our noting it goes on, and the receiver can tell what it had already', {
  timeout: 120_000,
}, async () => {
  const { database, url } = databases;
  server = await startReceiver();
  configureConnections({ allow: [server.host], tries: 1 });
  const given = { connector: 'webhook-out', settings: server.settings, people: PEOPLE };
  const cast = await createDestinationCast(database, given);
  const { workspaceId, destinationId } = cast.wish;
  for (const killAt of KILL_AT) {
    const args = [PUSHER, addressToBeKilled(url), workspaceId, destinationId, server.host];
    const child = spawn(process.execPath, args, {
      stdio: 'ignore',
    });
    await killWhen(child, () => server.messages.size >= killAt);
    await endLeasesOfKilled(database);
  }
  const noted = (await countStates(database, cast)).in ?? 0;
  expect(noted).toBeLessThan(server.messages.size);
  const end = await pushDestination(database, cast.wish);
  expect(end).toMatchObject({ status: 'succeeded', added: PEOPLE - noted });
  // Some were told twice, each time under the same id: to the receiver it is one message.
  expect(server.requests.length).toBeGreaterThan(PEOPLE);
  expect(server.messages.size).toBe(PEOPLE);
  expect(new Set([...server.messages.values()].map(({ person }) => person))).toEqual(new Set(cast.ids));
  expect(await countStates(database, cast)).toEqual({ in: PEOPLE });
  const runs = await rowsOf<{ status: string }>(
    database.db,
    sql`select status from destination_runs where destination_id = ${destinationId} order by started_at`,
  );
  expect(runs.map(({ status }) => status)).toEqual(['partial', 'partial', 'succeeded']);
});

async function killWhen(child: ChildProcess, isTime: () => boolean): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await expect.poll(isTime, { timeout: 60_000, interval: 1 }).toBe(true);
  child.kill('SIGKILL');
  await ended;
}
