import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { readSorted } from './paging.ts';
import { type ProfileRow, profileRow } from './rows.ts';
import type { KlaviyoSettings } from './settings.ts';

type Ctx = Context<KlaviyoSettings>;

/** A hundred is the most Klaviyo gives of profiles. */
export const PROFILES = 100;
const OVERLAP_MS = 10 * 60_000;
const profileCursor = z.object({ since: z.string() });

export const profilesStream: Stream<KlaviyoSettings> = {
  key: 'profiles',
  title: 'Profiles',
  listsAll: true,
  cursor: profileCursor,
  pull: (ctx, cursor) => (ctx.window ? pullCreated(ctx, ctx.window, cursor) : pullUpdated(ctx, cursor)),
};

async function* pullUpdated(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const since = readCursor(given, profileCursor)?.since;
  let cursor = given;
  const pages = readSorted<ProfileRow>(ctx, {
    path: '/api/profiles',
    from: since ? new Date(Date.parse(since) - OVERLAP_MS) : null,
    queryFrom: (from) => ({ ...query('updated'), ...(from ? { filter: isLater('updated', from) } : {}) }),
    row: profileRow,
    atOf: (row) => toMoment(row.attributes.updated) ?? new Date(0),
    idOf: (row) => row.id,
  });
  for await (const { rows, at } of pages) {
    if (at) cursor = { since: at.toISOString() };
    yield { items: rows.map(profileItem), cursor };
  }
}

/** A slice to be read again leaves the cursor where it was. */
async function* pullCreated(
  ctx: Ctx,
  window: { from: Date; to: Date },
  cursor: unknown,
): AsyncIterable<Page> {
  const pages = readSorted<ProfileRow>(ctx, {
    path: '/api/profiles',
    from: window.from,
    queryFrom: (from) => ({
      ...query('created'),
      filter: `${isLater('created', from ?? window.from)},less-than(created,${window.to.toISOString()})`,
    }),
    row: profileRow,
    atOf: (row) => toMoment(row.attributes.created) ?? new Date(0),
    idOf: (row) => row.id,
  });
  for await (const { rows } of pages) yield { items: rows.map(profileItem), cursor };
}

function query(sort: string): Record<string, string> {
  return { sort, 'page[size]': String(PROFILES), 'additional-fields[profile]': 'subscriptions' };
}

/** Klaviyo compares these with "greater than" only; a millisecond less makes it "from". */
export function isLater(field: 'created' | 'updated', from: Date): string {
  return `greater-than(${field},${new Date(from.getTime() - 1).toISOString()})`;
}

function profileItem({ id, attributes }: ProfileRow): Item {
  return { stream: 'profiles', externalId: id, payload: { id, ...attributes } };
}
