import type { Vendor, VendorAnswer } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type Auth0User = { user_id: string; created_at: string; updated_at: string } & Record<string, unknown>;
export type Auth0Server = ContractServer & {
  users: Auth0User[];
  settings: { url: string; clientId: string; clientSecret: string; webhookSecret: string };
};

const CLIENT = { client_id: 'c1', client_secret: 'client-secret-canary' };
const TOKEN = 'management-token';

/** A tenant with so many users, one changed each minute. */
export async function startAuth0Server(options: { users?: number } = {}): Promise<Auth0Server> {
  const users = Array.from({ length: options.users ?? 5 }, (_, index) => makeAuth0User(index));
  const server = await startContractServer(auth0(users), await loadSpec('auth0.json'));
  const settings = {
    url: server.url,
    clientId: CLIENT.client_id,
    clientSecret: CLIENT.client_secret,
    webhookSecret: 'a-long-hook-word',
  };
  return { ...server, users, settings };
}

function auth0(users: Auth0User[]): Vendor {
  return ({ path, query, headers, body }) => {
    if (path === '/oauth/token') return grant(JSON.parse(body), headers.host ?? '');
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, json: { error: 'Unauthorized' } };
    if (path === '/api/v2/users') return search(users, query);
    const found = users.find(({ user_id }) => path === `/api/v2/users/${encodeURIComponent(user_id)}`);
    return found ? { status: 200, json: found } : { status: 404, json: { error: 'Not Found' } };
  };
}

function grant(given: Record<string, string>, host: string): VendorAnswer {
  const isOurs = given.client_id === CLIENT.client_id && given.client_secret === CLIENT.client_secret;
  return isOurs && given.audience === `http://${host}/api/v2/`
    ? { status: 200, json: { access_token: TOKEN, expires_in: 86_400, token_type: 'Bearer' } }
    : { status: 401, json: { error: 'access_denied' } };
}

/** By time of change; nothing beyond the first thousand is shown. */
function search(users: Auth0User[], query: URLSearchParams): VendorAnswer {
  const q = query.get('q') ?? '';
  const [, since = '*'] = /updated_at:\[(\S+) TO \*\]/.exec(q) ?? [];
  const [, from = '', to = '9999'] = /created_at:\[(\S+) TO (\S+)\}/.exec(q) ?? [];
  const found = users
    .filter(
      (user) =>
        (since === '*' || user.updated_at >= since) && user.created_at >= from && user.created_at < to,
    )
    .sort((a, b) => a.updated_at.localeCompare(b.updated_at) || a.user_id.localeCompare(b.user_id));
  const [page, limit] = [Number(query.get('page') ?? 0), Number(query.get('per_page') ?? 50)];
  if ((page + 1) * limit > 1000)
    return { status: 400, json: { message: 'You can only page through the first 1000 records.' } };
  const shown = found.slice(page * limit, (page + 1) * limit);
  return {
    status: 200,
    json: { start: page * limit, limit, length: shown.length, total: found.length, users: shown },
  };
}

/** Every third has not verified the address. */
export function makeAuth0User(index: number): Auth0User {
  const at = new Date(Date.parse('2026-10-01T08:00:00Z') + index * 60_000).toISOString();
  return {
    user_id: `auth0|${String(index).padStart(24, '0')}`,
    email: `reader${index}@example.com`,
    email_verified: index % 3 !== 2,
    name: index % 2 === 0 ? `reader${index}@example.com` : `Reader ${index}`,
    identities: [{ provider: 'auth0', access_token: 'identity-canary' }],
    created_at: at,
    updated_at: at,
  };
}
