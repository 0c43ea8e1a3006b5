import { createHmac } from 'node:crypto';
import { compileFilter } from './ghost-filter.ts';
import type { Vendor, VendorAnswer, VendorRequest } from './wire.ts';

export type GhostNewsletter = {
  id: string;
  name: string;
  slug: string;
  description: string | null;
  status: string;
};
export type GhostMember = {
  id: string;
  uuid: string;
  email: string;
  name: string;
  note: string | null;
  status: string;
  labels: { id: string; name: string; slug: string; created_at: string; updated_at: string }[];
  newsletters: Omit<GhostNewsletter, 'slug'>[];
  email_suppression: { suppressed: boolean; info: { reason: string } | null };
  created_at: string;
  updated_at: string;
  unsubscribe_url: string;
};
export type GhostEvent = { type: string; data: { id: string; created_at: string } & Record<string, unknown> };
export type GhostPost = {
  id: string;
  uuid: string;
  title: string;
  slug: string;
  url: string;
  status: string;
  published_at: string;
  updated_at: string;
};

/** Members and posts by `updated_at`, events newest first. */
export type GhostSite = {
  adminApiKey: string;
  members: GhostMember[];
  events: GhostEvent[];
  posts: GhostPost[];
  newsletters: GhostNewsletter[];
  now: () => Date;
};

const MAX = 100;

/** The Admin API as far as it is read, with its ways: a hundred rows at most, nothing for a malformed filter. */
export function ghost(site: GhostSite): Vendor {
  return (request) => {
    const refusal = refuse(request, site);
    if (refusal) return refusal;
    const { query } = request;
    if (request.path.endsWith('/members/'))
      return list('members', byUpdate(site.members).map(withSubscribed), query, { isPaged: true });
    if (request.path.endsWith('/members/events/'))
      return list('events', site.events, query, { isPaged: false });
    if (request.path.endsWith('/posts/'))
      return list('posts', byUpdate(site.posts), query, { isPaged: true });
    if (request.path.endsWith('/newsletters/'))
      return list('newsletters', site.newsletters, query, { isPaged: true });
    return fault(404, 'Resource not found', null);
  };
}

/** Whoever gets one newsletter at least. */
function withSubscribed(member: GhostMember) {
  return { ...member, subscribed: member.newsletters.length > 0 };
}

function byUpdate<Row extends { updated_at: string; id: string }>(rows: Row[]): Row[] {
  return rows.toSorted((a, b) => a.updated_at.localeCompare(b.updated_at) || a.id.localeCompare(b.id));
}

function list(
  name: string,
  rows: object[],
  query: URLSearchParams,
  { isPaged }: { isPaged: boolean },
): VendorAnswer {
  const limit = Math.min(MAX, Number(query.get('limit') ?? 15) || MAX);
  const page = isPaged ? Number(query.get('page') ?? 1) : 1;
  const fits = compileFilter(query.get('filter'));
  const found = fits ? rows.filter(fits) : [];
  const shown = found.slice((page - 1) * limit, page * limit);
  const pages = Math.max(1, Math.ceil(found.length / limit));
  const next = isPaged && page < pages ? page + 1 : null;
  const prev = isPaged && page > 1 ? page - 1 : null;
  const pagination = {
    page: isPaged ? page : null,
    limit: isPaged ? limit : String(limit),
    pages,
    total: found.length,
    next,
    prev,
  };
  return { status: 200, json: { [name]: shown, meta: { pagination } } };
}

/** A token of five minutes at most, signed with the hex-decoded half of the key, for the audience `/admin/`. */
function refuse({ headers }: VendorRequest, { adminApiKey, now }: GhostSite): VendorAnswer | null {
  const [id, secret = ''] = adminApiKey.split(':');
  const [head = '', claims = '', signature] = (headers.authorization ?? '').replace(/^Ghost /, '').split('.');
  if (!headers.authorization) return fault(403, 'Authorization failed', null);
  const expected = createHmac('sha256', Buffer.from(secret, 'hex'))
    .update(`${head}.${claims}`)
    .digest('base64url');
  if (signature !== expected || decode(head).kid !== id)
    return fault(401, 'Invalid token: invalid signature', 'INVALID_JWT');
  const { aud, exp, iat } = decode(claims);
  if (aud !== '/admin/') return fault(401, 'Invalid token: jwt audience invalid', 'INVALID_JWT');
  const seconds = now().getTime() / 1000;
  const isExpired = Number(exp) < seconds || Number(exp) - Number(iat) > 300;
  return isExpired ? fault(401, 'Invalid token: jwt expired', 'INVALID_JWT') : null;
}

function decode(part: string): Record<string, unknown> {
  return { ...JSON.parse(Buffer.from(part, 'base64url').toString()) };
}

function fault(status: number, message: string, code: string | null): VendorAnswer {
  const error = {
    message,
    context: null,
    type: 'Error',
    details: null,
    property: null,
    help: null,
    code,
    id: '1',
    ghostErrorCode: null,
  };
  return { status, json: { errors: [error] } };
}
