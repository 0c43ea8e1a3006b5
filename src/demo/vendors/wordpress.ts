import type { Vendor, VendorAnswer, VendorRequest } from './wire.ts';
import { isBasic } from './wire.ts';

export type WpUser = {
  id: number;
  username: string;
  name: string;
  first_name: string;
  last_name: string;
  email: string;
  roles: string[];
  registered_date: string;
  locale: string;
  url: string;
};
export type WpComment = {
  id: number;
  post: number;
  parent: number;
  author: number;
  author_name: string;
  author_email: string;
  date_gmt: string;
  link: string;
  status: string;
  type: string;
};
export type WpPost = {
  id: number;
  date_gmt: string;
  modified_gmt: string;
  slug: string;
  status: string;
  type: string;
  link: string;
  title: { rendered: string; raw: string };
  author: number;
  categories: number[];
  tags: number[];
};

export type WordPressSite = {
  applicationPassword: string;
  users: WpUser[];
  comments: WpComment[];
  posts: WpPost[];
  /** Without pretty permalinks the site answers on `?rest_route=` only. */
  hasPrettyLinks: boolean;
};

const COLLECTIONS: Record<string, (site: WordPressSite, query: URLSearchParams) => { id: number }[]> = {
  '/wp/v2/users': (site, query) =>
    sortBy(site.users, query.get('orderby') === 'registered_date' ? 'registered_date' : 'id', query),
  '/wp/v2/comments': (site, query) =>
    sortBy(
      site.comments.filter((row) => isWanted(row, query)),
      'date_gmt',
      query,
    ),
  '/wp/v2/posts': (site, query) =>
    sortBy(
      site.posts.filter((row) => isLater(row.modified_gmt, query.get('modified_after'))),
      'modified_gmt',
      query,
    ),
};

/** The few routes of a WordPress site that are read, with its ways: 400 past the end, filters it silently ignores. */
export function wordpress(site: WordPressSite): Vendor {
  return (request) => {
    const route = routeOf(request, site);
    if (route === null)
      return fault(404, 'rest_no_route', 'No route was found matching the URL and request method.');
    if (route === '/') return { status: 200, json: { name: 'Blog', namespaces: ['wp/v2'] } };
    if (!isBasic(request, site.applicationPassword))
      return fault(401, 'rest_forbidden_context', 'Sorry, you are not allowed to do that.');
    if (route === '/wp/v2/users/me') return { status: 200, json: site.users[0] };
    const list = COLLECTIONS[route];
    return list
      ? paginate(list(site, request.query), request.query)
      : fault(404, 'rest_no_route', 'No route was found.');
  };
}

function routeOf({ path, query }: VendorRequest, { hasPrettyLinks }: WordPressSite): string | null {
  if (!path.startsWith('/wp-json')) return query.get('rest_route');
  return hasPrettyLinks ? path.slice('/wp-json'.length) || '/' : null;
}

function isWanted(row: WpComment, query: URLSearchParams): boolean {
  const status = query.get('status') ?? 'approve';
  const isStatus =
    status === 'all'
      ? ['approved', 'hold'].includes(row.status)
      : row.status === (status === 'approve' ? 'approved' : status);
  const include = query.get('include')?.split(',');
  return (
    isStatus && isLater(row.date_gmt, query.get('after')) && (!include || include.includes(String(row.id)))
  );
}

/** `after` leaves the moment itself out. */
function isLater(gmt: string, after: string | null): boolean {
  return !after || Date.parse(`${gmt}Z`) > Date.parse(after);
}

function sortBy<Row extends { id: number }>(rows: Row[], field: string, query: URLSearchParams): Row[] {
  const sign = query.get('order') === 'desc' ? -1 : 1;
  const fieldOf = (row: Row) => Object.entries(row).find(([name]) => name === field)?.[1];
  const keyed = rows.map((row) => ({ row, key: field === 'id' ? row.id : Date.parse(String(fieldOf(row))) }));
  return keyed.sort((a, b) => sign * (a.key - b.key || a.row.id - b.row.id)).map(({ row }) => row);
}

function paginate(rows: { id: number }[], query: URLSearchParams): VendorAnswer {
  const size = Number(query.get('per_page') ?? 10);
  if (size > 100) return fault(400, 'rest_invalid_param', 'Invalid parameter(s): per_page');
  const page = Number(query.get('page') ?? 1);
  const pages = Math.ceil(rows.length / size);
  if (page > 1 && page > pages)
    return fault(
      400,
      'rest_post_invalid_page_number',
      'The page number requested is larger than the number of pages available.',
    );
  const headers = { 'x-wp-total': String(rows.length), 'x-wp-totalpages': String(pages) };
  const fields = query.get('_fields')?.split(',');
  const shown = rows.slice((page - 1) * size, page * size);
  return { status: 200, headers, json: fields ? shown.map((row) => only(row, fields)) : shown };
}

function only(row: object, fields: string[]): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => fields.includes(name)));
}

function fault(status: number, code: string, message: string): VendorAnswer {
  return { status, json: { code, message, data: { status } } };
}
