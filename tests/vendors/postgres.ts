import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import pg from 'pg';

export type ForeignServer = {
  host: string;
  port: number;
  settings: { host: string; port: number; database: string; user: string; password: string; tls: 'off' };
  /** As the owner of the shop's database. */
  run: (text: string, values?: unknown[]) => Promise<pg.QueryResult>;
  /** Connections made so far. */
  connections: () => number;
  /** Breaks off every conversation that is under way. */
  breakOff: () => void;
  close: () => Promise<void>;
};

/**
 * A database of somebody else's on the tests' server, behind a port of its own, with the tables of a shop and a
 * user that may read one of them.
 */
export async function startForeignServer(adminUrl: string): Promise<ForeignServer> {
  const name = `shop_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.query(`create role ${name} login password 'reader-password-canary'`);
  const shop = new pg.Client({ connectionString: adminUrl.replace(/\/[^/?]+\?/, `/${name}?`) });
  await shop.connect();
  await shop.query(`
    create table accounts (id bigint primary key, email text, plan text, balance numeric, is_on boolean,
      extra jsonb, signed_up timestamp, updated_at timestamptz);
    create table secrets (id bigint);
    grant select on accounts to ${name}`);
  const gate = await openGate(admin);
  const settings = {
    host: '127.0.0.1',
    port: gate.port,
    database: name,
    user: name,
    password: 'reader-password-canary',
    tls: 'off' as const,
  };
  return {
    host: `127.0.0.1:${gate.port}`,
    port: gate.port,
    settings,
    run: (text, values) => shop.query(text, values),
    connections: () => gate.seen(),
    breakOff: gate.breakOff,
    close: async () => {
      await gate.close();
      await shop.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
      await admin.end();
    },
  };
}

/** A port before the socket the server listens on. */
async function openGate({ host, port }: pg.Client) {
  const socket = `${host}/.s.PGSQL.${port}`;
  const open = new Set<ReturnType<typeof connect>>();
  let seen = 0;
  const server = createServer((near) => {
    seen++;
    const far = connect(socket);
    for (const one of [near, far]) {
      open.add(one);
      one.on('error', () => undefined).on('close', () => open.delete(one));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakOff = () => {
    for (const one of open) one.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => seen,
    breakOff,
    close: async () => {
      breakOff();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
