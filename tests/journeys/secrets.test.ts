import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configureSecrets } from '../../src/base/secrets.ts';
import type { Connector } from '../../src/connectors/contract.ts';
import { listConnectors, loadConnectors } from '../../src/connectors/registry.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { listSettingFields } from '../../src/flow/collect/settings.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { routes } from '../../src/web/routes.ts';
import { createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase } from '../setup/database.ts';
import { findFreePort, makeDataDir, type Running, runCommand, startReady } from '../setup/process.ts';
import { Visitor } from '../web/visitor.ts';

const LONG = { timeout: 300_000 };
const SECRET_KEY = randomBytes(32).toString('hex');
const SMTP_PASSWORD = plant();

/** What was planted, by where: `mailchimp.apiKey`. */
const planted = new Map<string, string>([['SMTP_URL', SMTP_PASSWORD]]);
const { database, url } = await createTestDatabase();
let running: Running;
let visitor: Visitor;
let env: Record<string, string>;
let workspaceId: string;
const connected: { id: string; connector: Connector }[] = [];

/** A vendor that repeats in its answer whatever it was told, key and all, in one shape after the other. */
let asked = 0;
const parrot = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const said = `${request.url} ${JSON.stringify(request.headers)} ${Buffer.concat(chunks).toString()}`;
  const decoded = said.replace(/Basic ([\w+/=]+)/g, (_all, word) => Buffer.from(word, 'base64').toString());
  const message = `Not allowed: ${said} ${decoded}`;
  asked += 1;
  const shapes = [
    {
      status: 403,
      body: JSON.stringify({
        error: { message, errors: [{ reason: message }] },
        errors: [{ message, code: 'X' }],
        title: message,
        detail: message,
        message,
      }),
    },
    { status: 200, body: JSON.stringify({ message, id: message, data: [{ id: message }] }) },
    { status: 401, body: message },
    { status: 200, body: `<html>${message}</html>` },
    { status: 400, body: JSON.stringify({ error: message, message, detail: message }) },
  ];
  const { status, body } = shapes[asked % shapes.length]!;
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
});

function plant(): string {
  return `planted${randomBytes(12).toString('hex')}`;
}

function plantAt(where: string, secret = plant()): string {
  planted.set(where, secret);
  return secret;
}

/** A real key of its own, of which one line is looked for. */
function plantPrivateKey(where: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  plantAt(where, pem.split('\n')[5]);
  const key = { type: 'service_account', client_email: 'segments@tea.iam.example.com', private_key_id: '1' };
  return JSON.stringify({ ...key, private_key: pem, token_uri: `${parrotUrl()}/token` });
}

function plantSigningSecret(where: string): string {
  return `whsec_${plantAt(where, randomBytes(24).toString('base64'))}`;
}

function parrotHost(): string {
  return `127.0.0.1:${(parrot.address() as AddressInfo).port}`;
}
function parrotUrl(): string {
  return `http://${parrotHost()}`;
}

/** Where a vendor's secret has a shape of its own. */
const SHAPES: Record<string, (where: string) => string> = {
  'mailchimp.apiKey': (where) => `${plantAt(where)}-us21`,
  'ghost.adminApiKey': (where) => `6512${'0'.repeat(20)}:${plantAt(where, randomBytes(32).toString('hex'))}`,
  'clerk.secretKey': (where) => `sk_live_${plantAt(where)}`,
  'klaviyo.apiKey': (where) => `pk_${plantAt(where)}`,
  'sendgrid.apiKey': (where) => `SG.${plantAt(where)}`,
  'stripe.secretKey': (where) => `rk_live_${plantAt(where)}`,
  'webhook-out.secret': plantSigningSecret,
  'webhook-out.previousSecret': plantSigningSecret,
  'google-ads.serviceAccountKey': plantPrivateKey,
  'google-analytics.serviceAccountKey': plantPrivateKey,
  'search-console.serviceAccountKey': plantPrivateKey,
};

/** What is asked for besides secrets and the address. */
const PLAIN: Record<string, Record<string, unknown>> = {
  auth0: { clientId: 'client' },
  'google-ads': { customerId: '123-456-7890' },
  'google-analytics': { propertyId: '123456' },
  'meta-ads': { adAccountId: '1' },
  postgres: {
    host: '127.0.0.1',
    port: 9,
    database: 'tea',
    user: 'segments',
    tls: 'off',
    query: 'select id, updated_at from accounts',
    keyColumn: 'id',
    cursorColumn: 'updated_at',
    userIdColumn: 'id',
  },
  'search-console': { site: 'sc-domain:example.com' },
  shopify: { shop: 'tea.myshopify.com', clientId: 'client' },
  wordpress: { username: 'ada' },
};

function settingsOf(connector: Connector): Record<string, unknown> {
  const given: Record<string, unknown> = { ...PLAIN[connector.key] };
  for (const { key, isSecret } of listSettingFields(connector.settings)) {
    const where = `${connector.key}.${key}`;
    if (key === 'url') given.url = parrotUrl();
    if (isSecret) given[key] = SHAPES[where]?.(where) ?? prefixed(where);
  }
  return given;
}

/** Svix and its kin begin with whsec_ and go on in base64. */
function prefixed(where: string): string {
  return where.startsWith('clerk.') ? `whsec_${plantAt(where)}` : plantAt(where);
}

beforeAll(async () => {
  configureSecrets(createHash('sha256').update(SECRET_KEY).digest());
  await loadConnectors();
  await new Promise<void>((resolve) => parrot.listen(0, '127.0.0.1', resolve));
  ({ workspaceId } = await createCast(database));
  await connectAll();
  env = {
    DATABASE_URL: url,
    DATA_DIR: makeDataDir(),
    PORT: String(await findFreePort()),
    SECRET_KEY,
    LOG_LEVEL: 'trace',
    SMTP_URL: `smtp://ada:${SMTP_PASSWORD}@${parrotHost()}`,
    MAIL_FROM: 'Ada <ada@tea.example>',
    ALLOW_PRIVATE_HOSTS: `${parrotHost()},127.0.0.1:9`,
  };
});
afterAll(() => parrot.close());

async function connectAll(): Promise<void> {
  const workspace = { id: workspaceId } as never;
  for (const connector of listConnectors()) {
    if (!listSettingFields(connector.settings).some((field) => field.isSecret)) continue;
    const settings = settingsOf(connector);
    const wish = { workspace, connector: connector.key, name: connector.name, settings };
    const { source } = await createSource(database.db, wish);
    connected.push({ id: source.id, connector });
  }
}

test(
  'planted secrets come to light in no table, page, form, export, log, error or backup',
  LONG,
  async () => {
    expect(planted.size).toBeGreaterThanOrEqual(12);
    running = await startReady(env);
    visitor = new Visitor(running.baseUrl);
    await visitor.signIn(EMAILS.admin, PASSWORD);
    const pages = [...(await trySources()), ...(await openEverything())];
    const found = [
      ...pages.flatMap(([where, text]) => findIn(text, where)),
      ...(await searchTables()),
      ...findIn(running.output(), 'the log'),
      ...searchBackup(),
    ];
    expect(asked).toBeGreaterThan(connected.length);
    expect(found).toEqual([]);
  },
);

function findIn(text: string, where: string): string[] {
  return [...planted]
    .filter(([, secret]) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64url')))
    .map(([what]) => `${what} in ${where}`);
}

/** Each source is synced at a vendor that repeats the key, and its form is sent wrongly with the key in it. */
async function trySources(): Promise<[string, string][]> {
  const pages: [string, string][] = [];
  const token = await visitor.token('/account');
  for (const { id, connector } of connected) {
    if (connector.streams.length > 0) await visitor.postAs(`/sources/${id}/sync-runs`, { _csrf: token });
    const secrets = listSettingFields(connector.settings).filter((field) => field.isSecret);
    const fields = Object.fromEntries(
      secrets.map(({ key }) => [`settings.${key}`, planted.get(`${connector.key}.${key}`) ?? '']),
    );
    for (const to of [
      `/sources/new/${connector.key}`,
      `/sources/new/${connector.key}/checks`,
      `/sources/${id}/settings`,
    ]) {
      const answer = await visitor.postAs(to, { _csrf: token, ...fields, url: 'nonsense' });
      pages.push([`the form ${to}`, answer.text]);
    }
  }
  await expect.poll(countRunning, { timeout: 120_000 }).toBe(0);
  return pages;
}

async function countRunning(): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    database.db,
    sql`select count(*)::int as n from sync_runs where workspace_id = ${workspaceId} and finished_at is null`,
  );
  return row?.n ?? -1;
}

/** Every page of the site map, with each source where a page is about one. */
async function openEverything(): Promise<[string, string][]> {
  const paths = routes
    .filter(
      ({ method, target, path: one }) => method === 'get' && target.kind === 'page' && !one.endsWith('/ends'),
    )
    .flatMap(({ path: one }) =>
      one.startsWith('/sources/:id') && !one.includes(':run')
        ? connected.map(({ id }) => one.replace(':id', id))
        : [one.replace(/:connector/, 'mailchimp').replace(/[:*](\w+)/g, workspaceId)],
    );
  const pages: [string, string][] = [];
  for (const one of paths) pages.push([one, (await visitor.get(one)).text ?? '']);
  return pages;
}

async function searchTables(): Promise<string[]> {
  const tables = await rowsOf<{ name: string }>(
    database.db,
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await rowsOf<{ text: string }>(
      database.db,
      sql`select coalesce(string_agg(t::text, ' '), '') as text from ${sql.identifier(name)} t`,
    );
    found.push(...findIn(rows[0]?.text ?? '', `the table ${name}`));
  }
  return found;
}

function searchBackup(): string[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-secrets-'));
  const done = runCommand(env, ['backup', '--to', path.join(folder, 'copy')]);
  expect(done.status, done.err).toBe(0);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .flatMap((one) => findIn(readKept(path.join(one.parentPath, one.name)), `the backup's ${one.name}`));
}

function readKept(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
}
