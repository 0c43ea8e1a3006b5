import { createHmac } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { createSource, getSource, type Source } from '../../src/flow/collect/sources.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Visitor } from './visitor.ts';

const SECRET = 'a plain long secret';
let databases: TestDatabase;
let cast: Cast;
let url: string;
let admin: Visitor;

beforeAll(async () => {
  await loadConnectors();
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  admin = await signedIn(EMAILS.admin);
});

async function signedIn(email: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  await visitor.signIn(email, PASSWORD);
  return visitor;
}

async function makeSource(workspaceId = cast.workspaceId): Promise<{ source: Source; hookToken: string }> {
  const settings = { secret: SECRET, signatureHeader: 'x-signature' };
  const wish = { workspace: { id: workspaceId }, connector: 'webhook', name: 'Bookings', settings };
  return await createSource(databases.database.db, wish);
}

async function send(token: string, body: object): Promise<number> {
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', SECRET).update(text).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-signature': signature };
  return (await new Visitor(url).agent.post(`/hooks/${token}`).set(headers).send(text)).status;
}

const message = {
  what: 'booking',
  guest: { email: 'ada@example.com', city: 'Berlin' },
  price: 24.9,
  at: now().toISOString(),
};
/** The form as the page draws it for this message. */
const fields = {
  kind: 'events',
  eventName: 'booking_made',
  currency: 'EUR',
  ...{ path_0: 'what', role_0: 'ignore', name_0: 'what' },
  ...{ path_1: 'guest.email', role_1: 'email', name_1: 'email' },
  ...{ path_2: 'guest.city', role_2: 'trait', name_2: 'city' },
  ...{ path_3: 'price', role_3: 'value', name_3: 'price' },
  ...{ path_4: 'at', role_4: 'occurredAt', name_4: 'at' },
};

describe('the page of fields', () => {
  test('asks for a test message first, with the address it goes to', async () => {
    const { source, hookToken } = await makeSource();
    const shown = await admin.get(`/sources/${source.id}/mapping`);
    expect(shown.text).toContain('No message has come in yet');
    expect(shown.text).toContain(`/hooks/${hookToken}`);
    expect((await admin.get(`/sources/${source.id}`)).text).toContain(`/sources/${source.id}/mapping`);
  });

  test('offers the fields of what came in, with a guess and an example each', async () => {
    const { source, hookToken } = await makeSource();
    expect(await send(hookToken, message)).toBe(200);
    const shown = await admin.get(`/sources/${source.id}/mapping`);
    expect(shown.text).toContain('value="guest.email"');
    expect(shown.text).toContain('ada@example.com');
    expect(shown.text).toMatch(/name="role_1"[\s\S]*?<option value="email" selected>/);
  });

  test('shows what a message becomes before anything is kept', async () => {
    const { source, hookToken } = await makeSource();
    await send(hookToken, message);
    const base = `/sources/${source.id}/mapping`;
    const preview = await admin.post(base, { ...fields, action: 'preview' }, base);
    expect(preview.status).toBe(200);
    expect(preview.text).toContain('Event booking_made');
    expect(preview.text).toContain('24.9 EUR');
    const wrong = await admin.post(
      base,
      { ...fields, role_3: 'ignore', role_0: 'value', action: 'preview' },
      base,
    );
    expect(wrong.text).toContain('It would be set aside: what');
    const kept = await getSource(databases.database.db, cast.workspaceId, source.id);
    expect(kept.settings).not.toHaveProperty('mapping');
  });

  test('keeps the meaning, reads what came before, and the settings form leaves it alone', async () => {
    const { source, hookToken } = await makeSource();
    await send(hookToken, message);
    const base = `/sources/${source.id}`;
    const saved = await admin.post(`${base}/mapping`, { ...fields, action: 'save' }, `${base}/mapping`);
    expect(saved.status).toBe(303);
    const findEvents = async () =>
      await rowsOf<{ value: string }>(
        databases.database.db,
        sql`select value from events where source_id = ${source.id}`,
      );
    await expect.poll(findEvents, { timeout: 10_000 }).toEqual([{ value: '24.9' }]);
    const settings = {
      name: 'Renamed',
      everyMinutes: '',
      'settings.signatureHeader': 'x-signature',
      'secret.secret': '',
    };
    expect((await admin.get(`${base}/settings`)).text).not.toContain('What the fields mean');
    expect((await admin.post(`${base}/settings`, settings, `${base}/settings`)).status).toBe(303);
    const edited = await getSource(databases.database.db, cast.workspaceId, source.id);
    expect(edited).toMatchObject({
      name: 'Renamed',
      settings: { mapping: { value: 'price', traits: { city: 'guest.city' } } },
    });
    expect((await admin.get(`${base}/mapping`)).text).toMatch(/name="name_2" value="city"/);
  });

  test('shows a form again with what is wrong in it', async () => {
    const { source, hookToken } = await makeSource();
    await send(hookToken, message);
    const base = `/sources/${source.id}/mapping`;
    const nobody = await admin.post(base, { ...fields, role_1: 'ignore' }, base);
    expect(nobody.status).toBe(422);
    expect(nobody.text).toContain('Say which field names the person');
    const twice = await admin.post(base, { ...fields, role_2: 'email' }, base);
    expect(twice.text).toContain('Another field is this already.');
    const nameless = await admin.post(base, { ...fields, eventName: '' }, base);
    expect(nameless.text).toContain('Say what happened');
    const money = await admin.post(base, { ...fields, currency: 'EURO' }, base);
    expect(money.text).toContain('three letters');
  });

  test('maps what is stored again at one click, and both are in the audit log', async () => {
    const { source } = await makeSource();
    const base = `/sources/${source.id}`;
    expect((await admin.get(base)).text).toContain('Map stored rows again');
    expect((await admin.post(`${base}/replays`, {}, base)).status).toBe(303);
    const entries = await rowsOf<{ action: string }>(
      databases.database.db,
      sql`select action from audit_entries where subject = ${source.id}`,
    );
    expect(entries).toEqual([{ action: 'source.replayed' }]);
  });
});

describe('the ladder', () => {
  test('strangers sign in, marketers are refused, and what belongs to others is not there', async () => {
    const { source } = await makeSource();
    const { source: foreign } = await makeSource(cast.otherId);
    const path = (id: string) => `/sources/${encodeURIComponent(id)}/mapping`;
    expect((await new Visitor(url).get(path(source.id))).status).toBe(303);
    const marketer = await signedIn(EMAILS.marketer);
    expect((await marketer.get(path(source.id))).status).toBe(403);
    for (const action of ['mapping', 'replays']) {
      expect((await marketer.post(`/sources/${source.id}/${action}`, {}, '/account')).status).toBe(403);
      expect(
        (await admin.post(`/sources/${foreign.id}/${action}`, action === 'mapping' ? fields : {}, '/sources'))
          .status,
      ).toBe(404);
    }
    for (const id of [foreign.id, '1', "'; drop table sources; --"])
      expect((await admin.get(path(id))).status).toBe(404);
  });

  test('a source whose fields have a fixed meaning has no such page', async () => {
    const settings = { url: 'https://abc.supabase.co', serviceKey: 'sb_secret_example_key_1' };
    const wish = { workspace: { id: cast.workspaceId }, connector: 'supabase', name: 'Accounts', settings };
    const { source } = await createSource(databases.database.db, wish);
    expect((await admin.get(`/sources/${source.id}/mapping`)).status).toBe(404);
    expect((await admin.get(`/sources/${source.id}`)).text).not.toContain(`${source.id}/mapping`);
  });
});
