import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { now } from '../../src/base/clock.ts';
import { configureSecrets, keyOfSealed, markOfKey, nameKey, seal } from '../../src/base/secrets.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { sources } from '../../src/db/schema/collect.ts';
import { departures } from '../../src/db/schema/send-destinations.ts';
import { contextOf } from '../../src/flow/collect/settings.ts';
import { createSource, openSecrets, type Source } from '../../src/flow/collect/sources.ts';
import { createCampaign } from '../../src/flow/send/campaigns.ts';
import { contextOf as departureContext } from '../../src/flow/send/departures.ts';
import { makeToken } from '../../src/flow/send/links.ts';
import { sendDue } from '../../src/flow/send/sender.ts';
import { startCampaign } from '../../src/flow/send/start.ts';
import { addReaders, configOf, HTML, SENDING } from '../setup/audience.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { findTablesWith, sealAsBefore, toKey } from '../setup/keys.ts';
import { findFreePort, makeDataDir, type Running, startReady } from '../setup/process.ts';
import { type MailchimpServer, startMailchimpServer } from '../vendors/mailchimp.ts';

const LONG = { timeout: 240_000 };
const OLD = randomBytes(32).toString('hex');
const NEW = randomBytes(32).toString('hex');
const HOOK_SECRET = 'the secret of the sender';

let vendor: MailchimpServer;

beforeAll(async () => {
  await loadConnectors();
  vendor = await startMailchimpServer({ members: 9, campaigns: 0, validate: false });
});
afterAll(async () => await vendor.close());

type Keys = { SECRET_KEY: string; SECRET_KEY_PREVIOUS?: string };

async function environment(url: string, keys: Keys): Promise<Record<string, string>> {
  const port = String(await findFreePort());
  return {
    DATABASE_URL: url,
    DATA_DIR: makeDataDir(),
    PORT: port,
    ALLOW_PRIVATE_HOSTS: vendor.host,
    ...keys,
  };
}

type Done = { status: number | null; out: string; err: string };

/** A command beside us: vendors that answer it run in this process, so nobody may wait for it standing still. */
function begin(env: Record<string, string>, ...args: string[]): { child: ChildProcess; done: Promise<Done> } {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const done: Done = { status: null, out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    done.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    done.err += chunk.toString();
  });
  const ended = new Promise<Done>((resolve) => {
    child.once('close', (status) => resolve({ ...done, status }));
  });
  return { child, done: ended };
}

/** What a command answers; it must succeed. */
async function run(env: Record<string, string>, ...args: string[]): Promise<Record<string, unknown>> {
  const { status, out, err } = await begin(env, ...args, '--json').done;
  expect(status, err).toBe(0);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(out));
}

/** What a command says that must not succeed. */
async function refuse(env: Record<string, string>, ...args: string[]): Promise<string> {
  const { status, err } = await begin(env, ...args).done;
  expect(status).toBe(1);
  return err;
}

async function stop({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}

/** The status of a message that the sender has signed; each is another. */
async function deliver(baseUrl: string, hook: string): Promise<number> {
  const body = JSON.stringify({ id: randomBytes(4).toString('hex') });
  const signature = createHmac('sha256', HOOK_SECRET).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-signature': signature };
  return (await fetch(`${baseUrl}${hook}`, { method: 'POST', body, headers })).status;
}

/** The status of one message after the other while something is done. */
async function deliverUntil(work: Promise<unknown>, baseUrl: string, hook: string): Promise<number[]> {
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  const answers: number[] = [];
  while (!isDone) answers.push(await deliver(baseUrl, hook));
  return answers;
}

async function unsubscribe(baseUrl: string, token: string): Promise<number> {
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  return (await fetch(`${baseUrl}/unsubscribe/${token}`, { method: 'POST', body })).status;
}

/** A business as an older version left it: sealed texts name no key, and a message went out with its links. */
async function makeOldBusiness() {
  const { database, url } = await createTestDatabase();
  configureSecrets(toKey(OLD));
  const workspace = await createWorkspace(database, { settings: SENDING });
  const connect = async (connector: string, settings: Record<string, unknown>) =>
    await createSource(database.db, { workspace, connector, name: connector, settings });
  const letter = await connect('mailchimp', vendor.settings);
  const hook = await connect('webhook', { secret: HOOK_SECRET, signatureHeader: 'x-signature' });
  for (const { source, hookToken } of [letter, hook]) {
    const scope = { workspaceId: workspace.id, connectionId: source.id };
    const before = (value: unknown, field: string) =>
      sealAsBefore(JSON.stringify(value), contextOf(scope, field), OLD);
    const sealed = sealedAsBefore(source, before);
    await database.db
      .update(sources)
      .set({ sealed, hookTokenSealed: before(hookToken, 'hook') })
      .where(sql`workspace_id = ${workspace.id} and id = ${source.id}`);
  }
  const tokens = await sendMessage(database, workspace);
  return { database, url, workspaceId: workspace.id, letter, hook: `/hooks/${hook.hookToken}`, tokens };
}

function sealedAsBefore(source: Source, before: (value: unknown, field: string) => string) {
  return Object.fromEntries(
    Object.entries(openSecrets(source)).map(([field, value]) => [field, before(value, field)]),
  );
}

/** Sends to two readers; answers the links with which each of them may unsubscribe. */
async function sendMessage(
  database: Parameters<typeof addReaders>[0],
  workspace: Parameters<typeof addReaders>[1],
): Promise<string[]> {
  await addReaders(database, workspace, [{ email: 'ada@example.com' }, { email: 'bo@example.com' }]);
  const draft = { name: 'June', segmentKey: 'readers', topic: 'newsletter', subject: 'Tea', html: HTML };
  const campaign = await withWorkspace(database, workspace.id, ({ db }) =>
    createCampaign(db, { workspaceId: workspace.id }, draft),
  );
  const wish = { workspaceId: workspace.id, campaignId: campaign.id, config: configOf() };
  await startCampaign(database, wish);
  await sendDue(database, wish);
  const rows = await rowsOf<{ id: string; profile_id: string }>(
    database.db,
    sql`select id, profile_id from deliveries where campaign_id = ${campaign.id} order by id`,
  );
  return rows.map(({ id, profile_id }) =>
    makeToken('unsubscribe', {
      workspaceId: workspace.id,
      campaignId: campaign.id,
      profileId: profile_id,
      deliveryId: id,
    }),
  );
}

test(
  'a business goes on while its key is changed: connections, webhooks and links in messages',
  LONG,
  async () => {
    const { database, url, workspaceId, letter, hook, tokens } = await makeOldBusiness();
    const sync = ['source', 'sync', '--workspace', workspaceId, '--source', letter.source.id];
    const synced = { status: 'succeeded' };

    const both = await environment(url, { SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: OLD });
    const first = await startReady(both);
    expect(await deliver(first.baseUrl, hook)).toBe(200);
    expect(await run(both, ...sync)).toMatchObject(synced);
    expect(await run(both, 'doctor')).toMatchObject({ sealedWithPreviousKey: 5, sealedWithUnknownKey: 0 });

    const rotated = await run(both, 'secrets', 'rotate');
    expect(rotated).toMatchObject({ key: nameKey(toKey(NEW)), resealed: 5, left: 0, mayDropPrevious: true });
    expect(rotated.message).toContain('Nothing is sealed with the previous key any more');
    expect(await deliver(first.baseUrl, hook)).toBe(200);
    expect(await run(both, ...sync)).toMatchObject(synced);
    expect(await unsubscribe(first.baseUrl, tokens[0]!)).toBe(200);
    await stop(first);

    const alone = await environment(url, { SECRET_KEY: NEW });
    const second = await startReady(alone);
    expect(await deliver(second.baseUrl, hook)).toBe(200);
    expect(await run(alone, ...sync)).toMatchObject(synced);
    expect(await unsubscribe(second.baseUrl, tokens[1]!)).toBe(200);
    expect(await unsubscribe(second.baseUrl, `${tokens[1]!.slice(0, -4)}AAAA`)).not.toBe(200);
    expect(await run(alone, 'doctor')).toMatchObject({ sealedWithPreviousKey: 0, sealedWithUnknownKey: 0 });
    expect(await findTablesWith(database, markOfKey(toKey(OLD)))).toEqual([]);
    expect(await findTablesWith(database, OLD)).toEqual([]);
    const withdrawn = sql`select 1 from consents where workspace_id = ${workspaceId} and state = 'withdrawn'`;
    expect(await rowsOf(database.db, withdrawn)).toHaveLength(2);
  },
);

test('an installation of before goes on after the update, with nothing to do', LONG, async () => {
  const { url, hook, tokens } = await makeOldBusiness();
  const running = await startReady(await environment(url, { SECRET_KEY: OLD }));
  expect(await deliver(running.baseUrl, hook)).toBe(200);
  expect(await unsubscribe(running.baseUrl, tokens[0]!)).toBe(200);
});

test(
  'a key that is not the one of the data is told by name, and nothing is written with it',
  LONG,
  async () => {
    const { database, url } = await makeOldBusiness();
    await run(await environment(url, { SECRET_KEY: OLD }), 'secrets', 'rotate');
    const before = await rowsOf(
      database.db,
      sql`select id, sealed, hook_token_sealed from sources order by id`,
    );
    const wrong = randomBytes(32).toString('hex');
    const env = await environment(url, { SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: wrong });
    const refusal = await refuse(env, 'secrets', 'rotate');
    expect(refusal).toContain(`sealed with a key named ${nameKey(toKey(OLD))}`);
    expect(refusal).toContain(`named ${nameKey(toKey(NEW))}; as previous there is ${nameKey(toKey(wrong))}`);
    expect(
      await rowsOf(database.db, sql`select id, sealed, hook_token_sealed from sources order by id`),
    ).toEqual(before);
  },
);

test('a change of keys that is killed half-way is finished by the next', LONG, async () => {
  const { database, url } = await createTestDatabase();
  configureSecrets(toKey(OLD));
  const workspace = await createWorkspace(database);
  await plantDepartures(workspace.id, 600);
  const env = await environment(url, { SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: OLD });

  // A row near the end is held, so that it stands still in the middle of its work.
  await withWorkspace(database, workspace.id, async ({ db }) => {
    const held = sql`select id from departures where workspace_id = ${workspace.id} order by id offset 450 limit 1`;
    await db.execute(
      sql`select 1 from departures where workspace_id = ${workspace.id} and id = (${held}) for update`,
    );
    const { child, done } = begin(env, 'secrets', 'rotate');
    await expect.poll(() => countWith(NEW), { timeout: 60_000 }).toBe(400);
    child.kill('SIGKILL');
    await done;
  });
  expect(await countWith(OLD)).toBeGreaterThan(0);

  // What was waiting is written, or not, before the next begins; the lock of the dead one is let go with it.
  await expect
    .poll(async () => (await begin(env, 'secrets', 'rotate').done).status, { timeout: 60_000 })
    .toBe(0);
  expect(await countWith(NEW)).toBe(600);
  expect(await run(await environment(url, { SECRET_KEY: NEW }), 'secrets', 'show')).toMatchObject({
    sealedWithPrevious: 0,
    lost: [],
  });

  async function plantDepartures(workspaceId: string, count: number): Promise<void> {
    const rows = Array.from({ length: count }, () => {
      const id = newId();
      const sealed = seal('{"profileId":"p","address":null,"phone":null}', departureContext(workspaceId, id));
      return { workspaceId, id, destinationId: workspaceId, sealed, createdAt: now() };
    });
    await database.db.insert(departures).values(rows);
  }

  async function countWith(secretKey: string): Promise<number> {
    const rows = await rowsOf<{ sealed: string }>(database.db, sql`select sealed from departures`);
    return rows.filter(({ sealed }) => keyOfSealed(sealed) === nameKey(toKey(secretKey))).length;
  }
});

test('a key that the product made itself is changed under a running product', LONG, async () => {
  const env = { DATA_DIR: makeDataDir(), PORT: String(await findFreePort()) };
  const running = await startReady(env);
  const business = ['--name', 'Tea', '--timezone', 'Europe/Berlin', '--currency', 'EUR'];
  const workspace = String((await run(env, 'workspace', 'create', ...business)).workspace);
  const settings = JSON.stringify({ secret: HOOK_SECRET, signatureHeader: 'x-signature' });
  const connect = [
    '--workspace',
    workspace,
    '--connector',
    'webhook',
    '--name',
    'Till',
    '--settings',
    settings,
  ];
  const hook = String((await run(env, 'source', 'create', ...connect)).hook);
  expect(await deliver(running.baseUrl, hook)).toBe(200);

  const file = path.join(env.DATA_DIR, 'secret-key');
  const aside = `${file}.previous`;
  const before = readFileSync(file, 'utf8');
  const rotation = run(env, 'secrets', 'rotate');
  const answers = await deliverUntil(rotation, running.baseUrl, hook);
  expect(await rotation).toMatchObject({ left: 0, keptAside: aside, mayDropPrevious: false });
  expect(answers.length).toBeGreaterThan(10);
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(readFileSync(aside, 'utf8')).toBe(before);
  expect(readFileSync(file, 'utf8')).not.toBe(before);
  for (const kept of [file, aside]) expect(statSync(kept).mode & 0o777, kept).toBe(0o600);
  expect(await deliver(running.baseUrl, hook)).toBe(200);

  const after = readFileSync(file, 'utf8');
  expect(await run(env, 'secrets', 'rotate')).toMatchObject({ resealed: 0, keptAside: aside });
  const twoHoursAgo = new Date(Date.now() - 7_200_000);
  utimesSync(aside, twoHoursAgo, twoHoursAgo);
  expect(await run(env, 'secrets', 'rotate')).toMatchObject({
    resealed: 0,
    keptAside: null,
    mayDropPrevious: true,
  });
  expect(readFileSync(file, 'utf8')).toBe(after);
  await stop(running);

  const again = await startReady({ ...env, PORT: String(await findFreePort()) });
  expect(await deliver(again.baseUrl, hook)).toBe(200);
});

test(
  'what a lost key sealed is given up only when asked, and then the product starts again',
  LONG,
  async () => {
    const { url, letter, workspaceId } = await makeOldBusiness();
    await run(await environment(url, { SECRET_KEY: OLD }), 'secrets', 'rotate');
    const env = await environment(url, { SECRET_KEY: NEW });
    expect(await refuse(env, 'secrets', 'abandon')).toContain('--for-good');
    expect(await refuse(env, 'refresh', '--workspace', workspaceId)).toContain('secrets abandon');
    expect((await run(env, 'secrets', 'abandon', '--for-good')).message).toContain(
      '5 sealed values do not open',
    );
    expect(await refuse(env, 'secrets', 'abandon', '--for-good')).toContain('nothing to give up');
    const failed = await run(env, 'source', 'sync', '--workspace', workspaceId, '--source', letter.source.id);
    expect(failed.status).not.toBe('succeeded');
  },
);
