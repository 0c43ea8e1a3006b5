import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { readOnly } from '../../src/base/read-only-postgres.ts';
import postgres from '../../src/connectors/postgres/postgres.ts';
import { type ForeignServer, startForeignServer } from '../vendors/postgres.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: ForeignServer;
beforeAll(async () => {
  server = await startForeignServer(inject('adminUrl'));
});
afterAll(async () => await server.close());
beforeEach(async () => {
  await server.run('truncate accounts');
});

const query = 'select id, email, plan, balance, is_on, extra, signed_up, updated_at from accounts';
const people = {
  query,
  keyColumn: 'id',
  cursorColumn: 'updated_at',
  userIdColumn: 'id',
  emailColumn: 'email',
};
const contextWith = (change: object = {}) =>
  contextFor(postgres, server, { ...server.settings, ...people, ...change });

async function fill(count: number, from = 1): Promise<void> {
  await server.run(
    `insert into accounts
     select i, 'reader' || i || '@example.com', 'free', 12.345678, true, '{"a": [1, 2]}', '2026-10-01 09:00', timestamptz '2026-10-01 08:00:00.123456Z' + i * interval '1 minute'
       from generate_series($1::int, $2::int) as i`,
    [from, from + count - 1],
  );
}

describe('a query on a database of one’s own', () => {
  test('says what it finds', async () => {
    await fill(12);
    expect(await postgres.check(contextWith())).toBe(
      '12 rows, 8 columns: id, email, plan, balance, is_on, extra, signed_up, updated_at',
    );
    expect(await postgres.totals?.(contextWith(), NOW, NOW)).toEqual([
      { stream: 'rows', day: null, figure: 'people', value: '12' },
    ]);
  });

  test('counts what happened by day, in days of UTC and to the cent, and reads one day alone', async () => {
    const add = (id: number, name: string, amount: string, at: string) =>
      server.run(
        `insert into accounts (id, email, plan, balance, signed_up, updated_at) values ($1, $2, $3, $4, $5, '2026-11-10')`,
        [id, `reader${id}@example.com`, name, amount, at],
      );
    // Half past midnight in Berlin is the day before in UTC.
    await add(1, 'order_placed', '10.10', '2026-11-02 00:30');
    await add(2, 'order_placed', '5.05', '2026-11-02 09:00');
    await add(3, 'order_refunded', '2.01', '2026-11-02 10:00');
    await add(4, 'email_sent', '0', '2026-11-02 11:00');
    await add(5, 'page_viewed', '0', '2026-11-02 12:00');
    const ctx = contextWith({
      kind: 'events',
      eventColumn: 'plan',
      timeColumn: 'signed_up',
      valueColumn: 'balance',
      currency: 'EUR',
      timezone: 'Europe/Berlin',
    });
    const figures = await postgres.totals!(ctx, new Date('2026-11-01'), NOW);
    expect(figures.map(({ figure, day, value }) => `${day} ${figure} ${value}`)).toEqual([
      '2026-11-01 orders 1',
      '2026-11-01 net_revenue 10.10',
      '2026-11-02 orders 1',
      '2026-11-02 sent 1',
      '2026-11-02 net_revenue 3.04',
      '2026-11-02 refunds 2.01',
    ]);
    const window = { from: new Date('2026-11-02'), to: new Date('2026-11-03') };
    expect(idsOf((await read(postgres, { ...ctx, window }, 'rows')).items)).toEqual(['2', '3', '4', '5']);
    const byWord = await postgres.totals!(
      { ...ctx, settings: { ...ctx.settings, timeColumn: 'plan' } },
      NOW,
      NOW,
    );
    expect(byWord).toEqual([]);
  });

  test('reads every row page by page, and then only what changed', async () => {
    await fill(2_500);
    const first = await read(postgres, contextWith(), 'rows');
    expect(first).toMatchObject({ error: null, pages: 3 });
    expect(idsOf(first.items)).toHaveLength(2_500);
    await server.run(`update accounts set plan = 'pro', updated_at = '2026-11-01 00:00Z' where id = 7`);
    const second = await read(postgres, contextWith(), 'rows', first.cursor);
    expect(second.items.length).toBeLessThan(10);
    expect(idsOf(second.items)).toContain('7');
    expect(second.cursor).toEqual({ value: '2026-11-01 00:00:00+00' });
  });

  test('rows of one and the same time, more than one transaction holds, are all read', async () => {
    await server.run(
      `insert into accounts (id, email, updated_at) select i, 'a' || i, '2026-10-01' from generate_series(1, 51000) as i`,
    );
    const before = server.connections();
    const { items, error } = await read(postgres, contextWith(), 'rows');
    expect(error).toBeNull();
    expect(idsOf(items)).toHaveLength(51_000);
    expect(server.connections() - before).toBe(2);
  });

  test('a row that a long transaction wrote late is found', async () => {
    await fill(10);
    const first = await read(postgres, contextWith(), 'rows');
    await server.run(
      `insert into accounts (id, email, updated_at) values (99, 'late@example.com', '2026-10-01 08:06:00Z')`,
    );
    expect(idsOf((await read(postgres, contextWith(), 'rows', first.cursor)).items)).toContain('99');
    const numbered = { cursorColumn: 'id' };
    const byNumber = await read(postgres, contextWith(numbered), 'rows');
    expect(byNumber.cursor).toEqual({ value: '99' });
    await server.run(`insert into accounts (id, email) values (98, 'late@example.com')`);
    expect(idsOf((await read(postgres, contextWith(numbered), 'rows', byNumber.cursor)).items)).toContain(
      '98',
    );
  });

  test('a row dated in the future does not carry the cursor past the present', async () => {
    await server.run(
      `insert into accounts (id, signed_up, updated_at) values (1, '2031-01-01', '2031-01-01')`,
    );
    expect((await read(postgres, contextWith(), 'rows')).cursor).toEqual({ value: '2026-11-20 12:00:00' });
    const local = { cursorColumn: 'signed_up', timezone: 'America/New_York' };
    expect((await read(postgres, contextWith(local), 'rows')).cursor).toEqual({
      value: '2026-11-20 07:00:00',
    });
  });

  test('a window reads its own rows and leaves the cursor where it was', async () => {
    await fill(60);
    const ctx = contextWith();
    ctx.window = { from: new Date('2026-10-01T08:10:00Z'), to: new Date('2026-10-01T08:20:00Z') };
    const { items, cursor } = await read(postgres, ctx, 'rows', { value: '2026-10-01 08:59:00+00' });
    expect(idsOf(items)).toEqual(['10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
    expect(cursor).toEqual({ value: '2026-10-01 08:59:00+00' });
    const local = contextWith({ cursorColumn: 'signed_up', timezone: 'Europe/Berlin' });
    local.window = { from: new Date('2026-10-01T07:00:00Z'), to: new Date('2026-10-01T07:01:00Z') };
    expect((await read(postgres, local, 'rows')).items).toHaveLength(60);
  });

  test('a connection that breaks off goes on where it stopped', async () => {
    await fill(2_500);
    const ctx = contextWith();
    const [stream] = postgres.streams;
    const seen: string[] = [];
    let cursor: unknown = null;
    const reading = async () => {
      for await (const page of stream!.pull(ctx, null)) {
        seen.push(...page.items.map(({ externalId }) => externalId));
        cursor = page.cursor;
        server.breakOff();
      }
    };
    await expect(reading()).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('broke off'),
    });
    const rest = await read(postgres, ctx, 'rows', cursor);
    expect(rest.items.length).toBeLessThan(1_600);
    expect(new Set([...seen, ...idsOf(rest.items)]).size).toBe(2_500);
  });
});

describe('a row', () => {
  test('is a person with the columns as traits; large and exact numbers keep their digits', async () => {
    await server.run(
      `insert into accounts values (9007199254740993, 'ada@example.com', null, 12.345678901234, true, '{"a": [1, 2]}', '2026-10-01 09:00', '2026-10-01 08:00:00.123456Z')`,
    );
    const ctx = contextWith({ leaveOut: 'signed_up, updated_at' });
    const { items } = await read(postgres, ctx, 'rows');
    expect(mapAll(postgres, items, ctx.settings)).toEqual([
      {
        type: 'person',
        key: '',
        identifiers: [
          { kind: 'user_id', value: '9007199254740993' },
          { kind: 'email', value: 'ada@example.com' },
        ],
        traits: { balance: '12.345678901234', is_on: true, extra: { a: [1, 2] }, email: 'ada@example.com' },
        changedAt: new Date('2026-10-01T08:00:00.123Z'),
        consents: [],
      },
    ]);
  });

  test('is an event with its time in the zone of the database, and its amount exact', async () => {
    await fill(1);
    const ctx = contextWith({
      kind: 'events',
      eventName: 'order_placed',
      valueColumn: 'balance',
      currency: 'eur',
      timeColumn: 'signed_up',
      timezone: 'Europe/Berlin',
    });
    const { items } = await read(postgres, ctx, 'rows');
    expect(mapAll(postgres, items, ctx.settings)[0]).toMatchObject({
      ...{ type: 'event', name: 'order_placed', value: '12.345678', currency: 'EUR' },
      occurredAt: new Date('2026-10-01T07:00:00Z'),
      properties: { plan: 'free', is_on: true },
    });
  });

  test('that names nobody is set aside with the column', async () => {
    const { settings } = contextWith({ userIdColumn: undefined });
    const item = { stream: 'rows', externalId: '1', payload: { row: { id: '1', email: null } } };
    expect(() => postgres.map(item, settings)).toThrow('email: The row names nobody.');
  });
});

describe('what is not reading is refused', () => {
  test.each([
    ['a second statement', 'select 1 as id) as q; delete from accounts; --'],
    [
      'a change inside the query',
      'with gone as (delete from accounts returning id, email, updated_at) select * from gone',
    ],
    [
      'a function that writes',
      `select id, email, updated_at, set_config('transaction_read_only', 'off', false) as w, nextval('s') from accounts`,
    ],
  ])('%s', async (_what, given) => {
    await server.run(
      'create sequence if not exists s; grant all on all tables in schema public to public; grant all on sequence s to public',
    );
    await fill(3);
    const { error, items } = await read(postgres, contextWith({ query: given }), 'rows');
    expect(error).toMatchObject({ name: 'ConnectorError' });
    expect(items).toEqual([]);
    expect((await server.run('select count(*)::int as n from accounts')).rows).toEqual([{ n: 3 }]);
    await server.run('revoke all on all tables in schema public from public');
  });

  test.each([
    'delete from accounts',
    'drop table accounts',
    'update accounts set id = 1',
    'explain select 1',
  ])('%s', (given) => {
    expect(postgres.settings.safeParse({ ...server.settings, ...people, query: given }).success).toBe(false);
  });

  test('a query may end with a comment or a semicolon', async () => {
    await fill(2);
    expect(await postgres.check(contextWith({ query: `${query} -- everybody` }))).toContain('2 rows');
    expect(await postgres.check(contextWith({ query: `${query} ;` }))).toContain('2 rows');
  });
});

describe('says what to do', () => {
  test.each([
    [
      'a table that may not be read',
      { query: 'select id, id as email, id as updated_at from secrets' },
      /may not read this.*Grant it SELECT/,
    ],
    ['a table that is not there', { query: 'select * from nowhere' }, /table that is not there/],
    ['a column that is not there', { query: 'select nothing from accounts' }, /column that is not there/],
    ['a column of the settings', { emailColumn: 'mail' }, /no column called mail. It has: id, email/],
    ['a slip in the query', { query: 'select from where' }, /cannot be run/],
    ['a user that is not there', { user: 'nobody' }, /does not let the user nobody in/],
    ['a database that is not there', { database: 'nothing' }, /no database called nothing/],
    ['a server without encryption', { tls: 'verified' }, /does not encrypt/],
  ])('about %s', async (_what, change, says) => {
    const failed: unknown = await postgres.check(contextWith(change)).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      name: 'ConnectorError',
      needsReconnect: true,
      message: expect.stringMatching(says),
    });
    expect(JSON.stringify(failed) + String(failed)).not.toContain('canary');
  });

  test('about a query that takes too long', async () => {
    const target = { address: '127.0.0.1', family: 4 as const, host: '127.0.0.1', port: server.port };
    const given = { ...server.settings, target, authority: undefined, statementTimeoutMs: 50 };
    const sleeping = readOnly(given, async function* ({ query }) {
      yield await query('select pg_sleep(30)');
    });
    const wait = async () => {
      for await (const table of sleeping) expect(table).toBeNull();
    };
    await expect(wait()).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('took too long'),
    });
  });
});

describe('the address is checked before it is called', () => {
  test.each([
    ['10.0.0.5', /private network/],
    ['169.254.169.254', /private network/],
    ['localhost', /private network/],
    ['[::1]', /private network/],
    ['db.example.com/../x', /The host is a name/],
    ['user@10.0.0.5', /The host is a name/],
    ['/var/run/postgresql', /The host is a name/],
  ])('%s is refused', async (host, says) => {
    const before = server.connections();
    await expect(postgres.check(contextWith({ host }))).rejects.toThrow(says);
    expect(server.connections()).toBe(before);
  });

  test('the port of a mail server is shut, even on a public host', async () => {
    await expect(postgres.check(contextWith({ host: '93.184.216.34', port: 25 }))).rejects.toThrow(/port 25/);
  });
});
