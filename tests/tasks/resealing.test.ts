import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { generate } from 'otplib';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { readConfig } from '../../src/base/config.ts';
import { markOfKey, nameKey, open, seal } from '../../src/base/secrets.ts';
import { addConnector } from '../../src/connectors/registry.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { keepRoot } from '../../src/db/installation-root.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { departures } from '../../src/db/schema/send-destinations.ts';
import { createSource, getSource, openHookToken, openSettings } from '../../src/flow/collect/sources.ts';
import { updateSource } from '../../src/flow/collect/sources-edit.ts';
import { renewToken } from '../../src/flow/collect/tokens.ts';
import { contextOf as departureContext, listDepartures } from '../../src/flow/send/departures.ts';
import { findSignedIn } from '../../src/staff/signed-in.ts';
import { checkSecondFactor, enableTotp, offerTotp } from '../../src/staff/totp.ts';
import { rotateSecrets } from '../../src/tasks/resealing.ts';
import { readSealedState } from '../../src/tasks/sealed-state.ts';
import { createCast, EMAILS } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { findTablesWith, toKey, useKeys } from '../setup/keys.ts';
import { orchardConnector } from '../vendors/orchard.ts';

const OLD = randomBytes(32).toString('hex');
const NEW = randomBytes(32).toString('hex');
const config = readConfig({ SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: OLD });
const settings = { baseUrl: 'https://orchard.example.com', apiKey: 'the first credential' };

let databases: TestDatabase;
let workspaceId: string;
let userId: string;
let sourceId: string;
let hookToken: string;
let secondFactor: string;
let mark: string;

beforeAll(() => addConnector(orchardConnector as never));

/** A business with something sealed in each place there is. */
beforeEach(async () => {
  useKeys(OLD, OLD);
  databases = await createTestDatabase();
  const { database } = databases;
  const cast = await createCast(database);
  workspaceId = cast.workspaceId;
  userId = cast.ids.admin;
  await keepRoot(database.db, toKey(OLD));
  const wish = { workspace: { id: workspaceId }, connector: 'orchard', name: 'Orchard', settings };
  const made = await createSource(database.db, wish);
  sourceId = made.source.id;
  hookToken = made.hookToken;
  await renewToken(database, made.source, 'access', async () => ({ value: 'a token', expiresAt: later(1) }));
  await addDeparture();
  const offer = offerTotp({ id: userId, email: EMAILS.admin });
  secondFactor = offer.secret;
  await enableTotp(database, { userId, offer: offer.offer, code: await codeOf(now()) });
  mark = (await findSignedIn(database, { id: userId }))!.mark;
});

function later(hours: number): Date {
  return new Date(now().getTime() + hours * 3_600_000);
}

async function codeOf(at: Date): Promise<string> {
  return await generate({ secret: secondFactor, epoch: Math.floor(at.getTime() / 1000) });
}

async function addDeparture(): Promise<void> {
  const id = newId();
  const sealed = seal(
    JSON.stringify({ profileId: 'p', address: 'ada@tea.example', phone: null }),
    departureContext(workspaceId, id),
  );
  const row = { workspaceId, id, destinationId: workspaceId, sealed, createdAt: now() };
  await databases.database.db.insert(departures).values(row);
}

const readSource = async () => await getSource(databases.database.db, workspaceId, sourceId);
const rotate = async (leaveLost = false) => await rotateSecrets(databases.database, config, { leaveLost });

/** Everything sealed there is, as it stands. */
async function readSealed(): Promise<unknown[]> {
  return await rowsOf(
    databases.database.db,
    sql`select sealed::text, hook_token_sealed from sources union all select sealed, null from departures
        union all select totp_sealed, null from users union all select sealed, null from installation_keys order by 1`,
  );
}

async function expectAllOpens(): Promise<void> {
  const { database } = databases;
  const source = await readSource();
  expect(openSettings(source)).toMatchObject(settings);
  expect(openHookToken(source)).toBe(hookToken);
  const renew = async () => ({ value: 'a new token', expiresAt: later(1) });
  expect(await renewToken(database, source, 'access', renew)).toBe('a token');
  const [departure] = await listDepartures(database.db, { workspaceId, destinationId: workspaceId });
  expect(departure?.address).toBe('ada@tea.example');
}

test('after a change of keys everything opens with the new one alone, and nothing names the old one', async () => {
  useKeys(OLD, NEW, OLD);
  await expectAllOpens();
  expect(await readSealedState(databases.database)).toEqual({ previous: 6, unnamed: 0, lost: [] });
  expect(await rotate()).toMatchObject({ resealed: 6, left: 0, lost: [], key: nameKey(toKey(NEW)) });
  expect(await findTablesWith(databases.database, markOfKey(toKey(OLD)))).toEqual([]);
  expect(await findTablesWith(databases.database, markOfKey(toKey(NEW)))).toHaveLength(4);
  useKeys(OLD, NEW);
  await expectAllOpens();
});

test('a second run finds nothing to do and changes nothing', async () => {
  useKeys(OLD, NEW, OLD);
  await rotate();
  const before = await readSealed();
  expect(await rotate()).toMatchObject({ resealed: 0, left: 0 });
  expect(await readSealed()).toEqual(before);
});

test('a credential that is saved while its source is sealed again is not overwritten', async () => {
  useKeys(OLD, NEW, OLD);
  const { database } = databases;
  let rotation: Promise<unknown> | undefined;
  await withWorkspace(database, workspaceId, async ({ db }) => {
    const source = await getSource(db, workspaceId, sourceId);
    const change = { ...source, settings: { ...settings, apiKey: 'the second credential' } };
    await updateSource(db, source, change);
    rotation = rotate();
    // The row is ours until the end of this transaction: the rotation has read what was there before.
    await expect.poll(countWaiting).toBe(1);
  });
  await rotation;
  expect(openSettings(await readSource())).toMatchObject({ apiKey: 'the second credential' });
  expect(await readSealedState(database)).toEqual({ previous: 0, unnamed: 0, lost: [] });
});

async function countWaiting(): Promise<number> {
  const rows = await rowsOf(
    databases.database.db,
    sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
           and query like '%update "sources"%'`,
  );
  return rows.length;
}

test('whoever is signed in with a second factor stays so, and the authenticator goes on', async () => {
  useKeys(OLD, NEW, OLD);
  await rotate();
  useKeys(OLD, NEW);
  const { database } = databases;
  expect(await findSignedIn(database, { id: userId, mark })).toMatchObject({ hasTotp: true });
  const code = await codeOf(new Date(now().getTime() + 30_000));
  expect(await checkSecondFactor(database, { userId, code, address: '192.0.2.1' })).toBe(true);
});

test('a previous key that is not the one is told by name, and nothing is half-written', async () => {
  const wrong = randomBytes(32).toString('hex');
  useKeys(OLD, NEW, wrong);
  const before = await readSealed();
  const refusal = rotate();
  await expect(refusal).rejects.toThrow(`2 in sources.sealed, key ${nameKey(toKey(OLD))}`);
  await expect(rotate()).rejects.toThrow(
    `no key that is here (${nameKey(toKey(NEW))}, ${nameKey(toKey(wrong))})`,
  );
  expect(await readSealed()).toEqual(before);
});

test('what a lost key sealed can be left as it is, and all else is sealed again', async () => {
  useKeys(OLD, randomBytes(32).toString('hex'));
  await addDeparture();
  useKeys(OLD, NEW, OLD);
  await expect(rotate()).rejects.toThrow('1 in departures.sealed');
  expect(await rotate(true)).toMatchObject({ resealed: 6, left: 0, lost: [{ values: 1 }] });
  useKeys(OLD, NEW);
  expect(openSettings(await readSource())).toMatchObject(settings);
});

test('a text sealed again opens in its own place only', async () => {
  useKeys(OLD, NEW, OLD);
  await rotate();
  const { sealed } = await readSource();
  expect(() => open(sealed.apiKey!, `${workspaceId}/${newId()}/apiKey`)).toThrow('does not open');
});
