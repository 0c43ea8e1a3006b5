import { VERSION } from '../../src/connectors/stripe/client.ts';
import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import {
  makeCharge,
  makeCustomer,
  makeInvoice,
  makeRefund,
  makeSession,
  makeSubscription,
  type StripeEvent,
  type StripeRow,
} from './stripe-rows.ts';
import { loadStripeSpec } from './stripe-spec.ts';

/** An account as Stripe keeps it: things by what they are, and what happened to them. */
export type StripeEndpoint = { id: string; url: string; status: string; created: number } & Record<
  string,
  unknown
>;
export type StripeAccount = {
  key: string;
  /** Stripe's own clock, in seconds. */
  now: number;
  rows: Record<string, StripeRow[]>;
  events: StripeEvent[];
  endpoints: StripeEndpoint[];
  /** A key without the right says 403 there. */
  maySetHooks: boolean;
};
export type StripeServer = ContractServer & {
  account: StripeAccount;
  settings: { secretKey: string; webhookSecret: string; url: string };
  /** Something happens to a thing: it is kept as it is from then on, and told as an event. */
  happen: (type: string, at: number, row: StripeRow, before?: Record<string, unknown>) => StripeEvent;
};

const MEMORY_S = 30 * 86_400;
const PATHS: Record<string, string> = {
  customer: 'customers',
  subscription: 'subscriptions',
  invoice: 'invoices',
  charge: 'charges',
  refund: 'refunds',
  'checkout.session': 'checkout/sessions',
};

export async function startStripeServer(options: { count?: number } = {}): Promise<StripeServer> {
  const many = (make: (index: number) => StripeRow) =>
    Array.from({ length: options.count ?? 5 }, (_, index) => make(index));
  const account: StripeAccount = {
    key: 'rk_live_1',
    now: Date.parse('2026-11-20T11:59:00Z') / 1000,
    rows: {
      customers: many(makeCustomer),
      subscriptions: many(makeSubscription),
      invoices: many(makeInvoice),
      charges: many(makeCharge),
      refunds: [makeRefund(0, 'ch_0')],
      'checkout/sessions': many(makeSession),
    },
    events: [],
    endpoints: [],
    maySetHooks: true,
  };
  const server = await startContractServer(stripe(account), await loadStripeSpec(VERSION));
  const settings = { secretKey: account.key, webhookSecret: 'whsec_test_secret', url: server.url };
  return { ...server, account, settings, happen: (...given) => happen(account, ...given) };
}

function happen(
  account: StripeAccount,
  type: string,
  at: number,
  row: StripeRow,
  before?: Record<string, unknown>,
): StripeEvent {
  const rows = account.rows[PATHS[row.object]!]!;
  const index = rows.findIndex(({ id }) => id === row.id);
  if (index >= 0) rows[index] = row;
  else rows.push(row);
  const data = before ? { object: row, previous_attributes: before } : { object: row };
  const told: StripeEvent = {
    id: `evt_${account.events.length + 1}`,
    object: 'event',
    type,
    created: at,
    livemode: true,
    data,
  };
  account.events.push(told);
  return told;
}

function stripe(account: StripeAccount): Vendor {
  return (request) => {
    const given = answer(account, request);
    return { ...given, headers: { date: new Date(account.now * 1000).toUTCString(), ...given.headers } };
  };
}

function answer(account: StripeAccount, request: VendorRequest): VendorAnswer {
  if (request.headers.authorization !== `Bearer ${account.key}`)
    return fault(401, 'Invalid API Key provided');
  const path = request.path.replace('/v1/', '');
  if (path.startsWith('webhook_endpoints')) return endpoints(account, request);
  if (path === 'events') return list(recent(account, request), request);
  const rows = account.rows[path];
  if (rows)
    return list(
      rows
        .filter((row) => !row.deleted && isStatus(path, row, request))
        .map((row) => expand(account, row, request)),
      request,
    );
  const found = account.rows[path.slice(0, path.lastIndexOf('/'))]?.find(
    ({ id }) => id === path.split('/').at(-1),
  );
  return found ? { status: 200, json: expand(account, found, request) } : fault(404, 'No such thing');
}

/** The signing secret is in the answer to making one, and nowhere else. */
function endpoints(account: StripeAccount, request: VendorRequest): VendorAnswer {
  if (!account.maySetHooks) return fault(403, 'The provided key does not have the required permissions.');
  const id = request.path.split('/')[3];
  if (request.method === 'GET') return list(account.endpoints, request);
  const form = new URLSearchParams(request.body);
  if (!id) return makeEndpoint(account, form);
  const found = account.endpoints.find((one) => one.id === id);
  if (!found) return fault(404, `No such webhook endpoint: '${id}'`);
  if (request.method === 'DELETE') {
    account.endpoints.splice(account.endpoints.indexOf(found), 1);
    return { status: 200, json: { id, object: 'webhook_endpoint', deleted: true } };
  }
  if (form.get('disabled') === 'false') found.status = 'enabled';
  return { status: 200, json: found };
}

function makeEndpoint(account: StripeAccount, form: URLSearchParams): VendorAnswer {
  const number = account.endpoints.length + 1;
  const made = {
    id: `we_${number}_${account.now}`,
    object: 'webhook_endpoint',
    url: form.get('url') ?? '',
    enabled_events: form.getAll('enabled_events[]'),
    api_version: form.get('api_version'),
    description: form.get('description'),
    application: null,
    metadata: {},
    status: 'enabled',
    livemode: true,
    created: account.now,
  };
  account.endpoints.push(made);
  return { status: 200, json: { ...made, secret: `whsec_made_${number}_canary` } };
}

/** Events are kept thirty days. */
function recent({ events, now }: StripeAccount, { query }: VendorRequest): StripeEvent[] {
  const types = query.getAll('types[]');
  return events.filter(
    ({ type, created }) => created > now - MEMORY_S && (types.length === 0 || types.includes(type)),
  );
}

/** Without `status=all` what was cancelled is left out. */
function isStatus(path: string, row: StripeRow, { query }: VendorRequest): boolean {
  return path !== 'subscriptions' || query.get('status') === 'all' || row.status !== 'canceled';
}

function expand(account: StripeAccount, row: StripeRow, { query }: VendorRequest): StripeRow {
  const isAsked = query.getAll('expand[]').some((name) => name.endsWith('charge'));
  const charge = account.rows.charges?.find(({ id }) => id === row.charge);
  return isAsked && charge ? { ...row, charge } : row;
}

/** Newest first; goes on after a row that it still knows. */
function list(rows: { id: string; created: number }[], { path, query }: VendorRequest): VendorAnswer {
  const from = Number(query.get('created[gte]') ?? 0);
  const to = Number(query.get('created[lt]') ?? Number.MAX_SAFE_INTEGER);
  const size = Number(query.get('limit') ?? 10);
  const wanted = rows
    .filter(({ created }) => created >= from && created < to)
    .reverse()
    .sort((a, b) => b.created - a.created);
  const after = query.get('starting_after');
  const place = wanted.findIndex(({ id }) => id === after);
  if (after && place < 0) return fault(400, `No such object: '${after}'`, 'starting_after');
  const data = wanted.slice(place + 1, place + 1 + size);
  return {
    status: 200,
    json: { object: 'list', url: path, has_more: place + 1 + size < wanted.length, data },
  };
}

function fault(status: number, message: string, param?: string): VendorAnswer {
  return { status, json: { error: { type: 'invalid_request_error', message, ...(param ? { param } : {}) } } };
}
