import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { ask } from './client.ts';
import { suppressedRow } from './rows.ts';
import type { SendgridSettings } from './settings.ts';

type Ctx = Context<SendgridSettings>;
type Row = z.infer<typeof suppressedRow>;

const LIMIT = 500;
const OVERLAP_S = 60 * 60;
const suppressedCursor = z.object({ since: z.number() });

/** Who is not to be written to, told by the time each was added. Bounces come all at once, the others by page. */
export const suppressionStreams: Stream<SendgridSettings>[] = [
  { key: 'unsubscribes', title: 'Global unsubscribes', hasPages: true },
  { key: 'bounces', title: 'Bounced addresses', hasPages: false },
  { key: 'spam_reports', title: 'Spam complaints', hasPages: true },
].map(({ key, title, hasPages }) => ({
  key,
  title,
  cursor: suppressedCursor,
  pull: (ctx, cursor) => pullSuppressed(ctx, { key, hasPages }, cursor),
}));

/**
 * The end of the slice stands still while its pages are turned, so that what is added meanwhile shifts nothing.
 * SendGrid promises no order: only the end of the reading moves the cursor.
 */
async function* pullSuppressed(
  ctx: Ctx,
  list: { key: string; hasPages: boolean },
  given: unknown,
): AsyncIterable<Page> {
  const since = readCursor(given, suppressedCursor)?.since ?? 0;
  const { window } = ctx;
  const nowS = toSeconds(ctx.clock());
  const from = window ? toSeconds(window.from) : Math.max(0, since - OVERLAP_S);
  const to = window ? toSeconds(window.to) - 1 : nowS;
  let newest = since;
  for (let offset = 0; ; offset += LIMIT) {
    const query = {
      start_time: String(from),
      end_time: String(to),
      ...(list.hasPages ? { limit: String(LIMIT), offset: String(offset) } : {}),
    };
    const rows = await ask(ctx, { path: `/suppression/${list.key}`, query }, z.array(suppressedRow));
    newest = rows.reduce((latest, row) => Math.max(latest, Math.min(row.created, nowS)), newest);
    const isLast = !list.hasPages || rows.length < LIMIT;
    const isMoved = isLast && !window && newest > 0;
    yield { items: rows.map((row) => toItem(list.key, row)), cursor: isMoved ? { since: newest } : given };
    if (isLast) return;
  }
}

/** Somebody may be taken off a list and put on it again: that is another time. */
function toItem(stream: string, row: Row): Item {
  return { stream, externalId: `${row.email.toLowerCase()}:${row.created}`, version: '', payload: row };
}

function toSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
