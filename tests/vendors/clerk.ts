import type { Vendor } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type ClerkUser = { id: string; created_at: number; updated_at: number } & Record<string, unknown>;
export type ClerkServer = ContractServer & {
  users: ClerkUser[];
  settings: { secretKey: string; webhookSecret: string; url: string };
};

const SECRET = 'sk_test_example';
export const CLERK_HOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** An application with so many users, one created each minute. */
export async function startClerkServer(options: { users?: number } = {}): Promise<ClerkServer> {
  const users = Array.from({ length: options.users ?? 5 }, (_, index) => makeClerkUser(index));
  const server = await startContractServer(clerk(users), await loadSpec('clerk.json'));
  return {
    ...server,
    users,
    settings: { secretKey: SECRET, webhookSecret: CLERK_HOOK_SECRET, url: server.url },
  };
}

/** Lists by time of creation, as it is told to; "after" and "before" leave the instant itself out. */
function clerk(users: ClerkUser[]): Vendor {
  return ({ path, query, headers }) => {
    if (headers.authorization !== `Bearer ${SECRET}`)
      return {
        status: 401,
        json: {
          errors: [{ message: 'Invalid secret key', long_message: '', code: 'authentication_invalid' }],
        },
      };
    const after = Number(query.get('created_at_after') ?? 0);
    const before = Number(query.get('created_at_before') ?? Number.MAX_SAFE_INTEGER);
    const offset = Number(query.get('offset') ?? 0);
    const found = users
      .filter((user) => user.created_at > after && user.created_at < before)
      .sort((a, b) => a.created_at - b.created_at || a.id.localeCompare(b.id));
    if (path === '/users/count')
      return { status: 200, json: { object: 'total_count', total_count: found.length } };
    return { status: 200, json: found.slice(offset, offset + Number(query.get('limit') ?? 10)) };
  };
}

export function makeClerkUser(index: number): ClerkUser {
  const at = Date.parse('2026-10-01T08:00:00Z') + index * 60_000;
  return {
    ...unused,
    id: `user_${String(index).padStart(6, '0')}`,
    external_id: index % 2 === 0 ? null : `shop-${index}`,
    first_name: 'Reader',
    last_name: String(index),
    primary_email_address_id: `idn_${index}`,
    email_addresses: [emailOf(index, at)],
    public_metadata: { plan: 'free' },
    private_metadata: { note: 'private-canary' },
    created_at: at,
    updated_at: at + 1000,
  };
}

/** Every third has not verified the address. */
function emailOf(index: number, at: number) {
  return {
    id: `idn_${index}`,
    object: 'email_address',
    email_address: `reader${index}@example.com`,
    reserved: false,
    verification: {
      object: 'verification_otp',
      status: index % 3 === 2 ? 'unverified' : 'verified',
      strategy: 'email_code',
      attempts: 1,
      expire_at: at,
    },
    linked_to: [],
    created_at: at,
    updated_at: at,
  };
}

/** What the vendor's description asks for and we do not read. */
const unused = {
  object: 'user',
  username: null,
  has_image: false,
  primary_phone_number_id: null,
  primary_web3_wallet_id: null,
  password_enabled: true,
  two_factor_enabled: false,
  totp_enabled: false,
  backup_code_enabled: false,
  phone_numbers: [],
  web3_wallets: [],
  passkeys: [],
  external_accounts: [],
  saml_accounts: [],
  enterprise_accounts: [],
  last_sign_in_at: null,
  banned: false,
  locked: false,
  lockout_expires_in_seconds: null,
  verification_attempts_remaining: null,
  delete_self_enabled: true,
  create_organization_enabled: true,
  last_active_at: null,
  mfa_enabled_at: null,
  mfa_disabled_at: null,
  legal_accepted_at: null,
};
