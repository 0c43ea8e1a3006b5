import type { Vendor } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type SupabaseUser = { id: string; created_at: string; updated_at: string } & Record<string, unknown>;
export type SupabaseServer = ContractServer & {
  users: SupabaseUser[];
  settings: { url: string; serviceKey: string; webhookSecret: string };
};

const SERVICE_KEY = 'sb_secret_example_service_key';

/** A project with so many users, one created each minute. */
export async function startSupabaseServer(options: { users?: number } = {}): Promise<SupabaseServer> {
  const users = Array.from({ length: options.users ?? 5 }, (_, index) => makeSupabaseUser(index));
  const server = await startContractServer(supabase(users), await loadSpec('supabase.json'));
  const settings = { url: server.url, serviceKey: SERVICE_KEY, webhookSecret: 'a-long-hook-word' };
  return { ...server, users, settings };
}

/** Newest first; the number of users is in a header. */
function supabase(users: SupabaseUser[]): Vendor {
  return ({ query, headers }) => {
    if (headers.apikey !== SERVICE_KEY || headers.authorization !== `Bearer ${SERVICE_KEY}`)
      return { status: 401, json: { message: 'Invalid API key' } };
    const [page, perPage] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 50)];
    const found = users.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
    const shown = found.slice((page - 1) * perPage, page * perPage);
    return {
      status: 200,
      headers: { 'x-total-count': String(users.length) },
      json: { users: shown, aud: 'authenticated' },
    };
  };
}

/** Every third has not verified the address. */
export function makeSupabaseUser(index: number): SupabaseUser {
  const at = new Date(Date.parse('2026-10-01T08:00:00Z') + index * 60_000).toISOString();
  return {
    id: `8ccaa7af-909f-44e7-84cb-${String(index).padStart(12, '0')}`,
    aud: 'authenticated',
    role: 'authenticated',
    email: `reader${index}@example.com`,
    ...(index % 3 === 2 ? {} : { email_confirmed_at: at }),
    app_metadata: { provider: 'email' },
    user_metadata: { full_name: `Reader ${index}`, email: 'claimed@example.com' },
    created_at: at,
    updated_at: at,
    is_anonymous: false,
  };
}
