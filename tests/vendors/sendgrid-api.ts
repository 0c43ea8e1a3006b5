import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';

export type SgContact = { contact_id: string; email: string; updated_at: string; [field: string]: unknown };
export type SgSuppressed = { email: string; created: number; reason?: string; status?: string; ip?: string };
export type SgExport = {
  id: string;
  /** How often it is still pending. */
  asksLeft: number;
  status: 'ready' | 'failure';
  files: SgContact[][];
};
export type SendgridAccount = {
  apiKey: string;
  contacts: SgContact[];
  exports: SgExport[];
  /** How often a new export is pending, and how many contacts lie in one file of it. */
  exportAsks: number;
  fileSize: number;
  suppressed: Record<'unsubscribes' | 'bounces' | 'spam_reports', SgSuppressed[]>;
};

const TIMES = {
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:01:00Z',
  expires_at: '2026-11-23T10:01:00Z',
};

/** The API as far as it is used. Files of exports lie elsewhere and want no key. */
export function sendgrid(account: SendgridAccount): Vendor {
  return (request) => {
    const [, root, area, what, id] = request.path.split('/');
    if (root === 'files') return file(account, request, area ?? '', Number(what));
    if (request.headers.authorization !== `Bearer ${account.apiKey}`)
      return fault(401, 'authorization required');
    if (area === 'suppression') return suppressed(account, what ?? '', request.query);
    if (area === 'marketing' && what === 'lists')
      return { status: 200, json: { result: [LIST], _metadata: {} } };
    if (area === 'marketing' && id === 'count')
      return { status: 200, json: { contact_count: account.contacts.length, billable_count: 0 } };
    if (area === 'marketing' && id === 'exports') return exports(account, request);
    return fault(404, 'not found');
  };
}

const LIST = {
  id: '01c956e2-58f5-4957-885b-62624cf157c7',
  name: 'Tea letter',
  contact_count: 3,
  _metadata: {},
};
const wish = z.object({ file_type: z.literal('json'), max_file_size: z.number() });

function exports(account: SendgridAccount, request: VendorRequest): VendorAnswer {
  if (request.method === 'POST') return begin(account, wish.parse(JSON.parse(request.body)));
  const found = account.exports.find((one) => one.id === request.path.split('/').at(-1));
  if (!found) return fault(404, 'export not found');
  const { id, status, files } = found;
  if (found.asksLeft-- > 0) return { status: 200, json: { id, status: 'pending', ...TIMES, urls: [] } };
  if (status === 'failure')
    return { status: 200, json: { id, status, ...TIMES, urls: [], message: 'no room' } };
  const urls = files.map((_, index) => `http://${request.headers.host}/files/${id}/${index}`);
  const contact_count = files.flat().length;
  return { status: 200, json: { id, status, ...TIMES, completed_at: TIMES.updated_at, urls, contact_count } };
}

function begin(account: SendgridAccount, _wish: z.infer<typeof wish>): VendorAnswer {
  const { contacts, fileSize, exportAsks } = account;
  const count = Math.max(1, Math.ceil(contacts.length / fileSize));
  const files = Array.from({ length: count }, (_, index) =>
    contacts.slice(index * fileSize, (index + 1) * fileSize),
  );
  const id = `export-${account.exports.length + 1}`;
  account.exports.push({ id, asksLeft: exportAsks, status: 'ready', files });
  return { status: 202, json: { id, _metadata: {} } };
}

/** Lines of JSON, packed, and the type says nothing of either. */
function file(
  { exports }: SendgridAccount,
  { headers }: VendorRequest,
  id: string,
  index: number,
): VendorAnswer {
  if (headers.authorization) return { status: 405, text: 'Only one way to sign in.' };
  const rows = exports.find((one) => one.id === id)?.files[index];
  if (!rows)
    return { status: 403, headers: { 'content-type': 'application/xml' }, text: '<Error>Expired</Error>' };
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return { status: 200, headers: { 'content-type': 'binary/octet-stream' }, text: gzipSync(lines) };
}

function suppressed(account: SendgridAccount, list: string, query: URLSearchParams): VendorAnswer {
  const rows =
    list === 'bounces' || list === 'spam_reports'
      ? account.suppressed[list]
      : account.suppressed.unsubscribes;
  const from = Number(query.get('start_time'));
  const to = Number(query.get('end_time') ?? Number.POSITIVE_INFINITY);
  const found = rows
    .filter((row) => row.created >= from && row.created <= to)
    .sort((a, b) => b.created - a.created);
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? found.length);
  return { status: 200, json: found.slice(offset, offset + limit) };
}

function fault(status: number, message: string): VendorAnswer {
  return { status, json: { errors: [{ message, field: null, help: null }] } };
}
