import { afterEach, expect, inject, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { listDrifts } from '../../src/flow/collect/reconciliations.sql.ts';
import type { Wish } from '../../src/flow/collect/reconciling-rows.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { syncSource } from '../../src/flow/collect/sync.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { compareRows, reconcileAll, rereadDay } from '../../src/tasks/reconciling.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { startAuth0Server } from '../vendors/auth0.ts';
import { startBrevoServer } from '../vendors/brevo.ts';
import { startClerkServer } from '../vendors/clerk.ts';
import type { ContractServer } from '../vendors/contract-server.ts';
import { startAdsServer } from '../vendors/google-ads.ts';
import { startMetaServer } from '../vendors/meta.ts';
import { startForeignServer } from '../vendors/postgres.ts';
import { makePmMessage, startPostmarkServer } from '../vendors/postmark.ts';
import { makeSgContact, startSendgridServer } from '../vendors/sendgrid.ts';
import { startSupabaseServer } from '../vendors/supabase.ts';
import { startWordPressServer } from '../vendors/wordpress.ts';

const { database } = await createTestDatabase();
await loadConnectors();
afterEach(resetClock);

/** A vendor that loses rows while it is read: what it is asked for again once it has found them. */
type Planted = {
  host: string;
  settings: object;
  /** It shows everything again. */
  find: () => unknown;
  /** Where the loss must be seen, and the vendor's ids of what is missing. */
  wish: Wish;
  missing: string[];
  violations: string[];
  close: () => Promise<void>;
};

const DAY = '2026-10-01';
const LOST = [7, 21, 33];

/** Loses the rows that `isLost` names from every list until it is told otherwise. */
function losing(
  server: ContractServer & { settings: object },
  isLost: (row: Record<string, unknown>) => boolean,
  seen: Pick<Planted, 'wish' | 'missing'>,
): Planted {
  server.lose(isLost);
  return { ...server, ...seen, find: () => server.lose(null) };
}

function people(stream: string, day: string): Wish {
  return { stream, figure: 'people', day, currency: '' };
}

const VENDORS: Record<string, () => Promise<Planted>> = {
  auth0: async () => {
    const server = await startAuth0Server({ users: 40 });
    const missing = LOST.map((index) => server.users[index]!.user_id);
    const isLost = ({ user_id }: Record<string, unknown>) => missing.includes(String(user_id));
    return losing(server, isLost, { wish: people('users', DAY), missing });
  },
  clerk: async () => {
    const server = await startClerkServer({ users: 40 });
    const missing = LOST.map((index) => server.users[index]!.id);
    return losing(server, ({ id }) => missing.includes(String(id)), { wish: people('users', DAY), missing });
  },
  supabase: async () => {
    const server = await startSupabaseServer({ users: 40 });
    // Somebody without a name is counted by Supabase, and is nobody here.
    server.users[2]!.is_anonymous = true;
    const missing = LOST.map((index) => server.users[index]!.id);
    return losing(server, ({ id }) => missing.includes(String(id)), { wish: people('users', DAY), missing });
  },
  wordpress: async () => {
    const server = await startWordPressServer({ users: 40 });
    const missing = LOST.map((index) => String(server.site.users[index]!.id));
    const isLost = ({ id, roles }: Record<string, unknown>) =>
      roles !== undefined && missing.includes(String(id));
    return losing(server, isLost, { wish: people('users', ''), missing });
  },
  brevo: async () => {
    const server = await startBrevoServer({ contacts: 40 });
    const missing = LOST.map((index) => `person${index}@example.com`);
    const isLost = ({ email }: Record<string, unknown>) => missing.includes(String(email));
    return losing(server, isLost, { wish: people('contacts', ''), missing });
  },
  sendgrid: async () => {
    const server = await startSendgridServer({ contacts: 37 });
    // What came after the export was made is in no file of it.
    const added = [37, 38, 39].map(makeSgContact);
    const find = () => server.account.contacts.push(...added);
    const missing = added.map(({ contact_id }) => contact_id);
    return { ...server, find, wish: people('contacts', ''), missing };
  },
  postmark: async () => {
    const server = await startPostmarkServer({ messages: 72 });
    const missing = [26, 30, 40].map((index) => makePmMessage(index).MessageID);
    const wish: Wish = { stream: 'messages', figure: 'sent', day: '2026-11-11', currency: '' };
    return losing(
      server,
      ({ MessageID, Recipients }) => Boolean(Recipients) && missing.includes(String(MessageID)),
      {
        wish,
        missing,
      },
    );
  },
  'google-ads': async () => {
    const server = await startAdsServer();
    const isLost = ({ campaign, segments }: Record<string, unknown>) =>
      JSON.stringify([campaign, segments]).includes('"id":"11"') &&
      JSON.stringify(segments).includes('2026-11-03');
    const wish: Wish = { stream: 'spend', figure: 'spend', day: '2026-11-03', currency: 'EUR' };
    return losing(server, isLost, { wish, missing: ['11:2026-11-03'] });
  },
  'meta-ads': async () => {
    const server = await startMetaServer();
    const isLost = (row: Record<string, unknown>) =>
      row.campaign_id === '1201' && row.date_start === '2026-11-03';
    const wish: Wish = { stream: 'insights', figure: 'spend', day: '2026-11-03', currency: 'EUR' };
    return losing(server, isLost, { wish, missing: ['1201:2026-11-03'] });
  },
  postgres: async () => await startLateRows({}, people('rows', '')),
  'postgres, of orders by day': async () =>
    await startLateRows(
      {
        kind: 'events',
        eventName: 'order_placed',
        timeColumn: 'signed_up',
        valueColumn: 'balance',
        currency: 'EUR',
      },
      { stream: 'rows', figure: 'net_revenue', day: '2026-11-02', currency: 'EUR' },
    ),
};

/** Long transactions write rows with an older time than any overlap reaches. */
async function startLateRows(change: object, wish: Wish): Promise<Planted> {
  const server = await startForeignServer(inject('adminUrl'));
  const write = (ids: string) =>
    server.run(
      `insert into accounts (id, email, balance, signed_up, updated_at)
       select i, 'reader' || i || '@example.com', 12.5, timestamp '2026-11-02 09:00' + i * interval '1 second',
              timestamptz '2026-11-03 08:00Z' + i * interval '1 minute'
         from generate_series(1, 40) as i where i ${ids} (7, 21, 33)`,
    );
  await write('not in');
  const query = 'select id, email, balance, signed_up, updated_at from accounts';
  const columns = { keyColumn: 'id', cursorColumn: 'updated_at', userIdColumn: 'id', emailColumn: 'email' };
  const settings = { ...server.settings, query, ...columns, timezone: 'Europe/Berlin', ...change };
  return { ...server, settings, find: () => write('in'), wish, missing: ['7', '21', '33'], violations: [] };
}

test.each(Object.entries(VENDORS))(
  'what %s lost while it was read is found, shown to the row, and one reading heals it',
  async (name, plant) => {
    startClockAt(new Date('2026-11-20T12:00:00Z'));
    const vendor = await plant();
    configureConnections({ allow: [vendor.host], tries: 1 });
    const workspace = await createWorkspace(database, { settings: { reconciliationDays: 60 } });
    const [connector = ''] = name.split(',');
    const { source } = await createSource(database.db, {
      workspace,
      connector,
      name,
      settings: { ...vendor.settings },
    });
    expect(await syncSource(database, workspace.id, source.id, { trigger: 'manual' })).toMatchObject({
      status: 'succeeded',
    });
    await carry(database, workspace.id);
    await vendor.find();

    await reconcileAll(database, workspace.id);
    const drifts = await listDrifts(database.db, workspace.id);
    expect(drifts.map(({ figure, day, currency }) => ({ figure, day, currency }))).toContainEqual({
      figure: vendor.wish.figure,
      day: vendor.wish.day,
      currency: vendor.wish.currency,
    });
    const given = { workspaceId: workspace.id, sourceId: source.id, wish: vendor.wish };
    const { differences, isWhole } = await compareRows(database, given);
    expect(isWhole).toBe(true);
    expect(differences.map(({ what, externalId }) => [what, externalId]).sort()).toEqual(
      vendor.missing.map((id) => ['missing', id]).sort(),
    );
    expect(await rereadDay(database, given)).toEqual({ drifts: 0, lines: expect.any(Number) });
    await reconcileAll(database, workspace.id);
    expect(await listDrifts(database.db, workspace.id)).toEqual([]);
    await vendor.close();
    expect(vendor.violations).toEqual([]);
  },
);
