import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ConnectorError } from './errors.ts';

/** Where a request goes: the address that is connected to, never a name that could be looked up a second time. */
export type Target = { address: string; family: 4 | 6; host: string; port: number };

const PORTS = [80, 443];

/**
 * Resolves an address once and refuses what a stranger's URL must not reach: other schemes, other ports, and
 * whatever is not on the public internet. An entry of `allow` (`host` or `host:port`) opens exactly that host.
 */
export async function resolveTarget(url: URL, allow: string[], ports: number[] = PORTS): Promise<Target> {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  refuseOddUrl(url);
  const isAllowed = allow.some((entry) => isEntryFor(entry, host, port));
  if (!isAllowed && !ports.includes(port)) {
    throw refusal(`${url.host} uses port ${port}; only ${ports.join(' and ')} are open from here.`);
  }
  const found = await findAddresses(host);
  if (!isAllowed && !found.every(({ address }) => isPublic(address))) {
    throw refusal(
      `${url.host} is an address inside a private network, which Segments does not call. An administrator can allow it with ALLOW_PRIVATE_HOSTS.`,
    );
  }
  return { ...found[0]!, host, port };
}

/**
 * The same for what is no web address: a host and port of its own protocol. Ports below 1024 but the web's are
 * those of mail and other services of a machine, and stay shut.
 */
export async function resolveHost(host: string, port: number, allow: string[]): Promise<Target> {
  const url = URL.canParse(`https://${host}:${port}`) ? new URL(`https://${host}:${port}`) : null;
  if (url?.pathname !== '/' || url.search || url.hash || !/^[a-z0-9.:_[\]-]+$/i.test(host))
    throw refusal('The host is a name like db.example.com, without https:// and without a path.');
  return await resolveTarget(url, allow, port >= 1024 ? [port] : []);
}

/**
 * On the public internet, after unwrapping IPv4 addresses written as IPv6. Of IPv6 only 2000::/3 is given out;
 * the library's word alone would let the old IPv4-compatible form (::7f00:1) pass.
 */
export function isPublic(given: string): boolean {
  if (!ipaddr.isValid(given)) return false;
  const address = ipaddr.process(given);
  const isGivenOut = address.kind() === 'ipv4' || address.match(ipaddr.parseCIDR('2000::/3'));
  return isGivenOut && address.range() === 'unicast';
}

function refuseOddUrl(url: URL): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refusal(`${url.protocol}// addresses cannot be called; use https://.`);
  }
  if (url.username || url.password) {
    throw refusal(`Leave the user name and password out of the address of ${url.host}.`);
  }
}

function isEntryFor(entry: string, host: string, port: number): boolean {
  const given = entry.trim().toLowerCase();
  const wanted = isIP(host) === 6 ? `[${host}]` : host;
  return given === host || given === wanted || given === `${wanted}:${port}`;
}

async function findAddresses(host: string): Promise<{ address: string; family: 4 | 6 }[]> {
  const family = isIP(host);
  if (family === 4 || family === 6) return [{ address: host, family }];
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (cause) {
    throw new ConnectorError(`${host} was not found. Check the spelling of the address.`, {
      retryable: true,
      cause,
    });
  }
}

function refusal(message: string): ConnectorError {
  return new ConnectorError(message, { retryable: false });
}
