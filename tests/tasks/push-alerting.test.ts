import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { createDestination, setDestination } from '../../src/flow/send/destinations.ts';
import { pushDestination } from '../../src/flow/send/push.ts';
import { tellTroubles } from '../../src/tasks/alerting.ts';
import { addReaders } from '../setup/audience.ts';
import { type Cast, createCast, EMAILS } from '../setup/colleagues.ts';
import { createTestDatabase } from '../setup/database.ts';
import { startMailServer } from '../setup/mail-server.ts';
import { startReceiver } from '../vendors/receiver.ts';

await loadConnectors();
const { database } = await createTestDatabase();
const mail = await startMailServer();
const receiver = await startReceiver();
afterAll(async () => await receiver.close());
configureConnections({ allow: [receiver.host], tries: 1, patienceMs: 20 });
const cast: Cast = await createCast(database);
const { workspaceId } = cast;
const config = {
  smtpUrl: mail.url,
  baseUrl: 'http://localhost:3000',
  mailFrom: 'Segments <hello@ada.example>',
};
let destinationId: string;
let people: string[];

beforeEach(async () => {
  await database.db.execute(sql`update destinations set removed_at = now()`);
  destinationId = await withWorkspace(database, workspaceId, async ({ workspace, db }) => {
    const segmentKey = `readers-${mail.received.length}-${now().getTime()}`;
    const readers = [{ email: 'ada@mail.example' }, { email: 'bob@mail.example' }];
    people = await addReaders(database, workspace, readers, segmentKey);
    const { settings } = receiver;
    const { source } = await createSource(db, {
      workspace,
      connector: 'webhook-out',
      name: 'Our shop system',
      settings,
    });
    return (await createDestination(db, workspaceId, { sourceId: source.id, segmentKey, name: 'Tea lovers' }))
      .id;
  });
});
afterEach(() => {
  resetClock();
  mail.received.length = 0;
});

const tell = async () => await tellTroubles(database, config, workspaceId);
const change = async (fields: Parameters<typeof setDestination>[3]) =>
  await withWorkspace(database, workspaceId, ({ db }) =>
    setDestination(db, workspaceId, destinationId, fields),
  );

/** Pushes hours apart, to a receiver that answers everybody with this status; null is one that is well. */
async function push(times: number, status: number | null): Promise<void> {
  receiver.dislikes.clear();
  if (status !== null)
    for (const id of people)
      receiver.dislikes.set(id, { status, headers: { 'retry-after': '3600' }, json: {} });
  for (let time = 0; time < times; time += 1) {
    startClockAt(new Date(now().getTime() + 2 * 3_600_000));
    await pushDestination(database, { workspaceId, destinationId });
  }
}

describe('the admins of a business', () => {
  test('are told after three pushes in a row that failed, once, and once when it is over', async () => {
    await push(2, 503);
    expect(await tell()).toBe(0);
    await push(1, 503);
    expect(await tell()).toBe(1);
    expect(mail.received.map(({ to }) => to)).toEqual([EMAILS.admin]);
    const told = await mail.parse(0);
    expect(told.subject).toBe(
      "Tea lovers at Our shop system could not be brought up to date 3 times in a row (Ada's Tea)",
    );
    expect(told.text).toMatch(/What happened: \w/);
    expect(told.text).toContain('It was never brought up to date');
    expect(told.text).toContain(`http://localhost:3000/destinations/${destinationId}`);
    expect(`${told.text}${told.html}`).not.toMatch(/undefined|null|\{|whsec/);
    await push(1, 503);
    expect(await tell()).toBe(0);
    await push(1, null);
    expect(await tell()).toBe(1);
    expect((await mail.parse(1)).subject).toBe(
      "Tea lovers at Our shop system is up to date again (Ada's Tea)",
    );
    expect(await tell()).toBe(0);
    expect(mail.received).toHaveLength(2);
  });

  test('are told at once where only a person can help, and that it is over only when people came there', async () => {
    await push(1, null);
    await withWorkspace(database, workspaceId, async ({ db }) => {
      await db.execute(sql`update memberships set left_at = entered_at + interval '1 second'
                            where workspace_id = ${workspaceId} and left_at is null`);
    });
    await push(1, 401);
    expect(await tell()).toBe(1);
    const told = await mail.parse(0);
    expect(told.subject).toBe("Tea lovers at Our shop system needs you (Ada's Tea)");
    expect(told.text).toContain('Give both sides the same signing secret');
    expect(told.text).toMatch(/The people there are those of \d.* who has left it may still get/s);
    await change({ status: 'active', statusMessage: null, failures: 0 });
    expect(await tell()).toBe(0);
    await push(1, null);
    expect(await tell()).toBe(1);
  });

  test('hear nothing of one that was paused, or that they switched off', async () => {
    await push(3, 503);
    await change({ status: 'paused' });
    expect(await tell()).toBe(0);
    await change({ status: 'active', tellsTrouble: false });
    expect(await tell()).toBe(0);
    expect(mail.received).toEqual([]);
  });

  test('are told later where the mail server is away, and once by two processes', async () => {
    await push(3, 503);
    await tellTroubles(database, { ...config, smtpUrl: 'smtp://127.0.0.1:1' }, workspaceId);
    expect(mail.received).toEqual([]);
    expect((await Promise.all([tell(), tell()])).toSorted()).toEqual([0, 1]);
    await push(1, null);
    await tellTroubles(database, { ...config, smtpUrl: 'smtp://127.0.0.1:1' }, workspaceId);
    expect(await tell()).toBe(1);
    expect(mail.received).toHaveLength(2);
  });
});
