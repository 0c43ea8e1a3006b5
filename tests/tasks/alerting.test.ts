import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../src/base/clock.ts';
import { addConnector } from '../../src/connectors/registry.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { createSource, type Source } from '../../src/flow/collect/sources.ts';
import { pauseSource } from '../../src/flow/collect/sources-edit.ts';
import { syncSource } from '../../src/flow/collect/sync.ts';
import { tellTroubles } from '../../src/tasks/alerting.ts';
import { type Cast, createCast, EMAILS } from '../setup/colleagues.ts';
import { createTestDatabase } from '../setup/database.ts';
import { startMailServer } from '../setup/mail-server.ts';
import { growRecords, type Orchard, orchardConnector, startOrchard } from '../vendors/orchard.ts';

const { database } = await createTestDatabase();
const mail = await startMailServer();
const config = {
  smtpUrl: mail.url,
  baseUrl: 'http://localhost:3000',
  mailFrom: 'Segments <hello@ada.example>',
};
let cast: Cast;
let orchard: Orchard;
let source: Source;

beforeAll(async () => {
  addConnector(orchardConnector as never);
  orchard = await startOrchard(growRecords(5));
  configureConnections({ allow: [orchard.host], tries: 1 });
  return async () => await orchard.close();
});
beforeEach(async () => {
  cast = await freshCast();
  const settings = { baseUrl: orchard.url, apiKey: 'a key' };
  const wish = { workspace: { id: cast.workspaceId }, connector: 'orchard', name: 'Our orchard', settings };
  ({ source } = await createSource(database.db, wish));
});
afterEach(() => {
  resetClock();
  mail.received.length = 0;
  orchard.misbehave = () => false;
});

/** Colleagues have addresses of their own once in a database, so the cast is made once and its sources go. */
async function freshCast(): Promise<Cast> {
  if (!cast) return await createCast(database);
  await database.db.execute(
    sql`update sources set removed_at = now() where workspace_id = ${cast.workspaceId}`,
  );
  return cast;
}

function refuse(status: number): void {
  orchard.misbehave = (_request, response) => {
    response.writeHead(status).end('{}');
    return true;
  };
}

async function syncTimes(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    startClockAt(new Date(now().getTime() + 1_000));
    await syncSource(database, cast.workspaceId, source.id, { trigger: 'schedule' });
  }
}

const tell = async () => await tellTroubles(database, config, cast.workspaceId);

describe('the admins of a business', () => {
  test('are told after three failures in a row, once, and once when it is over', async () => {
    await syncTimes(1);
    refuse(500);
    await syncTimes(2);
    expect(await tell()).toBe(0);
    await syncTimes(1);
    expect(await tell()).toBe(1);
    expect(mail.received.map(({ to }) => to)).toEqual([EMAILS.admin]);
    const told = await mail.parse(0);
    expect(told.subject).toBe("Our orchard could not be read 3 times in a row (Ada's Tea)");
    expect(told.text).toMatch(/has a problem of its own/);
    expect(told.text).toMatch(/as they were on \d/);
    expect(told.text).toContain(`http://localhost:3000/sources/${source.id}`);
    expect(`${told.text}${told.html}`).not.toMatch(/undefined|null|\{|a key/);
    await syncTimes(2);
    expect(await tell()).toBe(0);
    orchard.misbehave = () => false;
    await syncTimes(1);
    expect(await tell()).toBe(1);
    expect((await mail.parse(1)).subject).toBe("Our orchard works again (Ada's Tea)");
    expect(await tell()).toBe(0);
    expect(mail.received).toHaveLength(2);
  });

  test('are told at once where only a person can help', async () => {
    refuse(401);
    await syncTimes(1);
    expect(await tell()).toBe(1);
    const told = await mail.parse(0);
    expect(told.subject).toBe("Our orchard needs you (Ada's Tea)");
    expect(told.text).toMatch(/Reconnect the source with a new one/);
    expect(told.text).toMatch(/never read to its end/);
  });

  test('are told once by two processes that look at the same moment', async () => {
    refuse(401);
    await syncTimes(1);
    expect((await Promise.all([tell(), tell()])).toSorted()).toEqual([0, 1]);
    expect(mail.received).toHaveLength(1);
  });

  test('hear nothing of a source that was paused, or that they switched off', async () => {
    refuse(500);
    await syncTimes(3);
    await pauseSource(database.db, source);
    expect(await tell()).toBe(0);
    await database.db.execute(
      sql`update sources set status = 'active', tells_trouble = false where workspace_id = ${cast.workspaceId}`,
    );
    expect(await tell()).toBe(0);
    expect(mail.received).toEqual([]);
  });

  test('are told later where the mail server is away', async () => {
    refuse(401);
    await syncTimes(1);
    const away = { ...config, smtpUrl: 'smtp://127.0.0.1:1' };
    await tellTroubles(database, away, cast.workspaceId);
    expect(mail.received).toEqual([]);
    expect(await tell()).toBe(1);
    expect(mail.received).toHaveLength(1);
  });
});
