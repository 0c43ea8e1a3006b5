import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { ask } from './client.ts';
import { type ContactRow, contactRow } from './rows.ts';
import type { BrevoSettings } from './settings.ts';

type Ctx = Context<BrevoSettings>;

/** A thousand is the most Brevo gives of contacts. */
const LIMIT = 1000;
const OVERLAP_MS = 15 * 60_000;

/** `since`: all changes up to here were read. While a reading is under way, where it is and the latest change it met. */
const contactCursor = z.object({
  since: z.string().nullable(),
  under: z.object({ offset: z.number(), newest: z.string().nullable() }).nullable(),
});
type ContactCursor = z.infer<typeof contactCursor>;
const answer = z.object({ count: z.number(), contacts: z.array(contactRow) });

export const contactsStream: Stream<BrevoSettings> = {
  key: 'contacts',
  title: 'Contacts',
  listsAll: true,
  cursor: contactCursor,
  pull: (ctx, cursor) => (ctx.window ? pullCreated(ctx, ctx.window, cursor) : pullModified(ctx, cursor)),
};

/** A contact is known by its address: that is all Brevo names when it tells of one that was deleted. */
export function contactId(email: string): string {
  return email.trim().toLowerCase();
}

/**
 * Brevo filters by change and sorts by creation, so that a contact which changes meanwhile stays in its place and
 * only the end of the reading moves the cursor.
 */
async function* pullModified(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  let cursor: ContactCursor = readCursor(given, contactCursor) ?? { since: null, under: null };
  const start = cursor.under ?? { offset: 0, newest: cursor.since };
  const from = cursor.since ? new Date(Date.parse(cursor.since) - OVERLAP_MS) : null;
  const query = from ? { modifiedSince: from.toISOString() } : {};
  let newest = start.newest;
  for await (const { rows, next, total } of readPages(ctx, query, start.offset)) {
    newest = latest(rows, newest, ctx.clock());
    cursor = next === null ? { since: newest, under: null } : { ...cursor, under: { offset: next, newest } };
    yield { items: rows.map(contactItem), cursor, total };
  }
}

async function* pullCreated(
  ctx: Ctx,
  { from, to }: { from: Date; to: Date },
  cursor: unknown,
): AsyncIterable<Page> {
  for await (const { rows } of readPages(ctx, { createdSince: from.toISOString() }, 0)) {
    const inside = rows.filter((row) => (toMoment(row.createdAt) ?? to) < to);
    yield { items: inside.map(contactItem), cursor };
    if (inside.length < rows.length) return;
  }
}

/** By offset. Where a contact was deleted meanwhile the others moved up: so many are stepped back. */
async function* readPages(ctx: Ctx, filter: Record<string, string>, start: number) {
  let offset = start;
  let known: number | null = null;
  for (;;) {
    const query = { limit: String(LIMIT), offset: String(offset), sort: 'asc', ...filter };
    const { count, contacts } = await ask(ctx, '/contacts', query, answer);
    const missing: number = known === null ? 0 : Math.max(0, known - count);
    known = count;
    const isLast: boolean = missing === 0 && offset + LIMIT >= count;
    offset = missing > 0 ? Math.max(0, offset - missing) : offset + LIMIT;
    yield { rows: contacts, next: isLast ? null : offset, total: count };
    if (isLast) return;
  }
}

function latest(rows: ContactRow[], known: string | null, now: Date): string | null {
  const times = rows.map((row) => toMoment(row.modifiedAt)?.toISOString() ?? '');
  const past = times.filter((time) => time !== '' && time <= now.toISOString());
  return past.reduce((a, b) => (a > b ? a : b), known ?? '') || null;
}

/** Lists come in any order, which is no change. */
function contactItem(row: ContactRow): Item {
  const sorted = (value: unknown) => (Array.isArray(value) ? [...value].sort() : value);
  const payload = { ...row, listIds: sorted(row.listIds), listUnsubscribed: sorted(row.listUnsubscribed) };
  return { stream: 'contacts', externalId: row.email ? contactId(row.email) : `id:${row.id}`, payload };
}

/** How many there are, and how many since a moment: one row is asked for, the count comes with it. */
export async function countContacts(ctx: Ctx, createdSince?: Date): Promise<number> {
  const query = {
    limit: '1',
    offset: '0',
    ...(createdSince ? { createdSince: createdSince.toISOString() } : {}),
  };
  return (await ask(ctx, '/contacts', query, answer)).count;
}
