import ipaddr from 'ipaddr.js';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { keyedHash } from '../base/secrets.ts';
import type { Database } from '../db/pool.ts';

/** Ten wrong passwords an account and quarter of an hour; after that even the right one waits. */
const PER_ACCOUNT = 10;
/** A network may hold an office of colleagues, so it may be wrong more often. */
const PER_NETWORK = 50;
const WINDOW_SECONDS = 15 * 60;

/** Kept in Postgres, so that all processes count together. */
const throttles = new WeakMap<Database, { account: RateLimiterPostgres; network: RateLimiterPostgres }>();

/** Counts a try before it is made, so that many at once count too. Returns seconds to wait, 0 if it may be made. */
export async function countTry(
  database: Database,
  given: { account: string; address: string },
): Promise<number> {
  const { account, network } = throttlesOf(database);
  const waits = await Promise.all([
    take(account, accountKey(given.account)),
    take(network, networkOf(given.address)),
  ]);
  return Math.max(...waits);
}

/** It was right: it does not count. */
export async function forgiveTry(
  database: Database,
  given: { account: string; address: string },
): Promise<void> {
  const { account, network } = throttlesOf(database);
  await Promise.all([account.delete(accountKey(given.account)), network.reward(networkOf(given.address))]);
}

/** Half of an IPv6 address is the customer's own to vary; the last byte of an IPv4 address often too. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  const prefix = parsed.kind() === 'ipv4' ? 24 : 56;
  const bytes = parsed.toByteArray().map((byte, at) => (at * 8 < prefix ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${prefix}`;
}

async function take(limiter: RateLimiterPostgres, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
    throw refused;
  }
}

function accountKey(account: string): string {
  return keyedHash('throttle', account.trim().toLowerCase()).slice(0, 32);
}

function throttlesOf(database: Database) {
  const known = throttles.get(database);
  if (known) return known;
  const common = {
    storeClient: database.pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    duration: WINDOW_SECONDS,
  };
  const made = {
    account: new RateLimiterPostgres({ ...common, keyPrefix: 'account', points: PER_ACCOUNT }),
    network: new RateLimiterPostgres({ ...common, keyPrefix: 'network', points: PER_NETWORK }),
  };
  throttles.set(database, made);
  return made;
}
