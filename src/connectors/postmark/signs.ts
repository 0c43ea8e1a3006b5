import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { ask, COUNT, REACH } from './client.ts';
import { signItem } from './items.ts';
import { signRow } from './rows.ts';
import type { PostmarkSettings } from './settings.ts';

type Ctx = Context<PostmarkSettings>;

const OVERLAP_MS = 60 * 60_000;
const signCursor = z.object({ since: z.string() });

/** Opens and clicks are listed newest first and by no date: they are read down to what is known. */
export const signStreams: Stream<PostmarkSettings>[] = [
  { key: 'opens' as const, title: 'Opens', list: 'Opens' },
  { key: 'clicks' as const, title: 'Clicks', list: 'Clicks' },
].map((sign) => ({
  key: sign.key,
  title: sign.title,
  cursor: signCursor,
  pull: (ctx, cursor) => pullSigns(ctx, sign, cursor),
}));

async function* pullSigns(
  ctx: Ctx,
  { key, list }: { key: 'opens' | 'clicks'; list: string },
  given: unknown,
): AsyncIterable<Page> {
  const since = readCursor(given, signCursor)?.since;
  const floor = ctx.window?.from.getTime() ?? (since ? Date.parse(since) - OVERLAP_MS : 0);
  const rows = z.array(signRow);
  const schema = z.object({ TotalCount: z.number(), [list]: rows });
  let newest = Date.parse(since ?? '') || 0;
  for (let offset = 0; ; offset += COUNT) {
    const query = { count: String(COUNT), offset: String(offset) };
    const answer = await ask(ctx, `/messages/outbound/${key}`, query, schema);
    const found = rows.parse(answer[list]);
    const times = found.map((row) => toMoment(row.ReceivedAt)?.getTime() ?? 0);
    newest = Math.max(newest, ...times.filter((time) => time <= ctx.clock().getTime()));
    const isLast =
      offset + COUNT >= Math.min(z.number().parse(answer.TotalCount), REACH) ||
      times.every((time) => time < floor);
    // Newest first: only when all of it is stored may the next reading begin above it.
    const isMoved = isLast && !ctx.window && newest > 0;
    const cursor = isMoved ? { since: new Date(newest).toISOString() } : given;
    yield { items: found.map((row) => signItem(key, row)), cursor };
    if (isLast) return;
  }
}
