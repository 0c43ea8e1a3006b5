import { z } from 'zod';
import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { klaviyoJobs } from './klaviyo-jobs.ts';

export type KlProfile = {
  id: string;
  email: string | null;
  phone_number: string | null;
  external_id: string | null;
  first_name: string | null;
  last_name: string | null;
  created: string;
  updated: string;
  properties: Record<string, unknown>;
  subscriptions: Record<string, unknown>;
};
export type KlEvent = {
  id: string;
  datetime: string;
  metric: string;
  profile: string;
  properties: Record<string, unknown>;
};
export type KlList = { id: string; name: string; members: Set<string> };
export type KlJob = {
  id: string;
  list: string;
  emails: string[];
  /** How often it still says that it is at work. */
  asksLeft: number;
};
export type KlaviyoAccount = {
  apiKey: string;
  profiles: KlProfile[];
  events: KlEvent[];
  /** Metric id -> name. */
  metrics: Map<string, string>;
  lists: KlList[];
  jobs: KlJob[];
};

type Call = { operator: string; field: string; values: string[] };
type Kind<Row> = { type: string; fieldOf: (row: Row, field: string) => string; show: (row: Row) => object };

/**
 * The API as far as it is used. Pages are by place, the worst a vendor may do behind an opaque cursor: a row that
 * changes between two pages shifts the others.
 */
export function klaviyo(account: KlaviyoAccount): Vendor {
  return (request) => {
    if (request.headers.authorization !== `Klaviyo-API-Key ${account.apiKey}`)
      return fault(401, 'not_authenticated', 'Missing or invalid private key.');
    if (!request.headers.revision) return fault(400, 'invalid', 'A revision header is required.');
    const [, , area, id, ...rest] = request.path.split('/');
    if (area === 'profiles') return list(account.profiles, PROFILES, request, 100);
    if (area === 'events') return listEvents(account, request);
    if (area === 'metrics') return list(metricsOf(account), METRICS, request, 200);
    if (area === 'accounts') return { status: 200, json: { data: [ACCOUNT], links: { self: 'https://a' } } };
    if (area === 'lists' && !id) return lists(account, request);
    if (area === 'lists') return leave(account, id ?? '', request);
    if (area === 'profile-bulk-import-jobs') return klaviyoJobs(account, id, rest[0], request);
    return fault(404, 'not_found', 'There is no such place.');
  };
}

const ACCOUNT = {
  type: 'account',
  id: 'XyZ123',
  attributes: {
    test_account: false,
    contact_information: {
      default_sender_name: 'Ada',
      default_sender_email: 'ada@example.com',
      website_url: null,
      organization_name: 'Ada’s Tea',
      street_address: { address1: null, address2: null, city: null, region: null, country: null, zip: null },
    },
    industry: null,
    timezone: 'Europe/Berlin',
    preferred_currency: 'EUR',
    public_api_key: 'XyZ123',
    locale: 'en-US',
  },
  links: { self: 'https://a.klaviyo.com/api/accounts/XyZ123/' },
};

const PROFILES: Kind<KlProfile> = {
  type: 'profile',
  fieldOf: (row, field) => String(z.record(z.string(), z.unknown()).parse(row)[field] ?? ''),
  show: ({ id: _id, ...attributes }) => attributes,
};
const EVENTS: Kind<KlEvent> = {
  type: 'event',
  fieldOf: (row, field) => (field === 'metric_id' ? row.metric : row.datetime),
  show: ({ datetime, properties }) => ({
    datetime,
    timestamp: Date.parse(datetime) / 1000,
    event_properties: properties,
    uuid: null,
  }),
};
const METRICS: Kind<{ id: string; name: string }> = {
  type: 'metric',
  fieldOf: (row) => row.id,
  show: ({ name }) => ({ name, created: null, updated: null, integration: null }),
};
const LISTS: Kind<KlList> = {
  type: 'list',
  fieldOf: (row) => row.name,
  show: ({ name }) => ({ name, created: null, updated: null, opt_in_process: 'double_opt_in' }),
};

function list<Row extends { id: string }>(
  rows: Row[],
  kind: Kind<Row>,
  request: VendorRequest,
  most: number,
): VendorAnswer {
  const { query } = request;
  const calls = readFilter(query.get('filter') ?? '');
  const sort = query.get('sort');
  const found = rows.filter((row) => calls.every((call) => holds(call, kind.fieldOf(row, call.field))));
  if (sort) found.sort((a, b) => timeOf(kind.fieldOf(a, sort)) - timeOf(kind.fieldOf(b, sort)));
  const size = Math.min(most, Number(query.get('page[size]') ?? most));
  const first = Number(query.get('page[cursor]') ?? 0);
  const data = found.slice(first, first + size).map((row) => ({
    type: kind.type,
    id: row.id,
    attributes: kind.show(row),
    links: { self: `https://a.klaviyo.com/api/${kind.type}s/${row.id}/` },
  }));
  const next = first + size < found.length ? nextPage(request, first + size) : null;
  return { status: 200, json: { data, links: { self: 'https://a.klaviyo.com/', next, prev: null } } };
}

function nextPage({ headers, path, query }: VendorRequest, first: number): string {
  const next = new URLSearchParams(query);
  next.set('page[cursor]', String(first));
  return `http://${headers.host}${path}?${next}`;
}

function listEvents(account: KlaviyoAccount, request: VendorRequest): VendorAnswer {
  const answer = list(account.events, EVENTS, request, 200);
  const { data, links } = z
    .object({ data: z.array(z.looseObject({ id: z.string() })), links: z.unknown() })
    .parse(answer.json);
  const shown = data.map((row) => account.events.find((event) => event.id === row.id)!);
  const point = (type: string, id: string) => ({ data: { type, id } });
  const rows = data.map((row, index) => ({
    ...row,
    relationships: {
      profile: point('profile', shown[index]!.profile),
      metric: point('metric', shown[index]!.metric),
    },
  }));
  const included = request.query.get('include') ? beside(account, shown) : [];
  return { ...answer, json: { data: rows, links, included } };
}

function beside(account: KlaviyoAccount, events: KlEvent[]): object[] {
  const metrics = [...new Set(events.map((event) => event.metric))];
  const profiles = [...new Set(events.map((event) => event.profile))];
  const self = (type: string, id: string) => ({
    links: { self: `https://a.klaviyo.com/api/${type}s/${id}/` },
  });
  return [
    ...metrics.map((id) => ({
      type: 'metric',
      id,
      attributes: { name: account.metrics.get(id) },
      ...self('metric', id),
    })),
    ...profiles.map((id) => ({
      type: 'profile',
      id,
      attributes: { email: account.profiles.find((profile) => profile.id === id)?.email ?? null },
      ...self('profile', id),
    })),
  ];
}

function metricsOf({ metrics }: KlaviyoAccount) {
  return [...metrics].map(([id, name]) => ({ id, name }));
}

const newList = z.object({
  data: z.object({ type: z.literal('list'), attributes: z.object({ name: z.string() }) }),
});

function lists(account: KlaviyoAccount, request: VendorRequest): VendorAnswer {
  if (request.method === 'GET') return list(account.lists, LISTS, request, 10);
  const given = newList.safeParse(JSON.parse(request.body)).data;
  if (!given) return fault(400, 'invalid', 'The type is not list.');
  const made = {
    id: `L${account.lists.length}`,
    name: given.data.attributes.name,
    members: new Set<string>(),
  };
  account.lists.push(made);
  const links = { self: `https://a.klaviyo.com/api/lists/${made.id}/` };
  return { status: 201, json: { data: { type: 'list', id: made.id, attributes: LISTS.show(made), links } } };
}

const ids = z.object({ data: z.array(z.object({ type: z.literal('profile'), id: z.string() })).max(1000) });

function leave({ lists }: KlaviyoAccount, id: string, { body }: VendorRequest): VendorAnswer {
  const found = lists.find((one) => one.id === id);
  const given = ids.safeParse(JSON.parse(body)).data;
  if (!found) return fault(404, 'not_found', 'A list with this id does not exist.');
  if (!given) return fault(400, 'invalid', 'At most 1000 profiles at once.');
  for (const one of given.data) found.members.delete(one.id);
  return { status: 204, text: '', json: null };
}

/** `greater-than(updated,2026-11-01T00:00:00Z),any(email,["a@b.c"])` */
function readFilter(filter: string): Call[] {
  const calls = filter.matchAll(/([a-z-]+)\(([a-z_]+),(\[.*?\]|"(?:[^"\\]|\\.)*"|[^)]*)\)/g);
  return [...calls].map(([, operator = '', field = '', value = '']) => ({
    operator,
    field,
    values: /^[["]/.test(value) ? z.array(z.string()).parse([JSON.parse(value)].flat()) : [value],
  }));
}

function holds({ operator, field, values: [value = '', ...more] }: Call, found: string): boolean {
  if (operator === 'equals') return found === value;
  if (operator === 'any') return [value, ...more].some((one) => one.toLowerCase() === found.toLowerCase());
  const isStrict = field === 'created' || field === 'updated';
  const difference = timeOf(found) - timeOf(value);
  if (operator === 'greater-than') return difference > 0;
  if (operator === 'less-than') return difference < 0;
  if (operator === 'greater-or-equal' && !isStrict) return difference >= 0;
  if (operator === 'less-or-equal' && !isStrict) return difference <= 0;
  throw new Error(`Klaviyo knows no ${operator} on ${field}.`);
}

function timeOf(text: string): number {
  return Date.parse(text) || 0;
}

export function fault(status: number, code: string, detail: string): VendorAnswer {
  const error = {
    id: '9e1f',
    status,
    code,
    title: code,
    detail,
    source: { pointer: '/data/' },
    links: {},
    meta: {},
  };
  return { status, json: { errors: [error] } };
}
