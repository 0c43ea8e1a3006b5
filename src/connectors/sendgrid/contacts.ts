import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { awaitExport, type Export, fetchFile, PENDING, startExport } from './exports.ts';
import type { SendgridSettings } from './settings.ts';

type Ctx = Context<SendgridSettings>;

/** An export is work for SendGrid too, and it has no "changed since". */
const REST_MS = 6 * 60 * 60_000;
/** Half a minute each: five minutes of waiting, then the next run goes on with the same export. */
const ROUNDS = 10;
const PAGE = 1_000;

/** `exportId`: an export under way, of which so many files were read. `exportedAt`: when the last one was asked for. */
const contactCursor = z.object({
  exportedAt: z.string().nullable(),
  exportId: z.string().nullable(),
  askedAt: z.string().nullable(),
  filesRead: z.number(),
});
type ContactCursor = z.infer<typeof contactCursor>;

/** SendGrid lists no contacts page by page: everybody comes as an export, at most every six hours. */
export const contactsStream: Stream<SendgridSettings> = {
  key: 'contacts',
  title: 'Contacts',
  listsAll: true,
  cursor: contactCursor,
  pull: pullContacts,
};

async function* pullContacts(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  let cursor = readCursor(given, contactCursor) ?? {
    exportedAt: null,
    exportId: null,
    askedAt: null,
    filesRead: 0,
  };
  if (isResting(cursor, ctx)) return;
  if (cursor.exportId === null) {
    const exportId = await startExport(ctx);
    cursor = { ...cursor, exportId, askedAt: ctx.clock().toISOString(), filesRead: 0 };
    yield { items: [], cursor, isCertain: true };
  }
  for (let round = 1; ; round++) {
    const found = await awaitExport(ctx, cursor.exportId ?? '');
    if (found) return yield* readExport(ctx, found, cursor);
    if (round === ROUNDS) throw new ConnectorError(PENDING, { retryable: true });
    yield { items: [], cursor, waiting: PENDING, isCertain: true };
  }
}

function isResting({ exportId, exportedAt }: ContactCursor, ctx: Ctx): boolean {
  if (ctx.window || exportId !== null || exportedAt === null) return false;
  return ctx.clock().getTime() - Date.parse(exportedAt) < REST_MS;
}

async function* readExport(ctx: Ctx, found: Export, start: ContactCursor): AsyncIterable<Page> {
  let cursor = start;
  const afresh = { ...start, exportId: null, filesRead: 0 };
  if (found.status === 'failure') {
    yield { items: [], cursor: afresh, isCertain: true };
    const said = found.message ? `: ${found.message}` : '';
    throw new ConnectorError(`SendGrid could not export the contacts${said}.`, { retryable: true });
  }
  const urls = found.urls ?? [];
  for (const url of urls.slice(cursor.filesRead)) {
    const rows = await fetchFile(ctx, url);
    if (!rows) {
      yield { items: [], cursor: afresh, isCertain: true };
      throw new ConnectorError('The export of SendGrid has expired; a new one is made.', { retryable: true });
    }
    for (let first = 0; first < rows.length; first += PAGE) {
      const items = rows.slice(first, first + PAGE).map(contactItem);
      yield { items, cursor, total: found.contact_count ?? undefined };
    }
    cursor = { ...cursor, filesRead: cursor.filesRead + 1 };
    yield { items: [], cursor, isCertain: true };
  }
  yield { items: [], cursor: { ...afresh, exportedAt: start.askedAt, askedAt: null } };
}

/** The lists somebody is on come in any order, and which segments match is SendGrid's affair. */
function contactItem({
  segment_ids: _segments,
  _metadata,
  ...row
}: Record<string, unknown> & { id: string }): Item {
  const lists = z.array(z.string()).catch([]).parse(row.list_ids).sort();
  return { stream: 'contacts', externalId: row.id, payload: { ...row, list_ids: lists } };
}
