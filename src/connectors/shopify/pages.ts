import { z } from 'zod';
import type { Context } from '../contract.ts';
import { toMoment } from '../reading/answers.ts';
import { type AscendingPage, readAscending } from '../reading/ascending.ts';
import { ask, TooCostly } from './client.ts';
import { countDocument, type Kind, pageDocument } from './documents.ts';
import { type Row, row } from './rows.ts';
import type { ShopifySettings } from './settings.ts';

type Ctx = Context<ShopifySettings>;

const answer = z.object({
  page: z.object({
    nodes: z.array(row),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
  }),
});

/** What changed at or after `from`, oldest first. */
export function readChanged(ctx: Ctx, kind: Kind, from: Date | null) {
  const fetchPage = openPages(ctx, kind);
  return readAscending<Row>({
    vendor: 'Shopify',
    from,
    now: ctx.clock(),
    atOf: (one) => toMoment(one.updatedAt) ?? new Date(0),
    idOf: (one) => one.id,
    fetchPage,
  });
}

export async function countAll(ctx: Ctx, kind: Kind): Promise<number> {
  const counted = z.object({ count: z.object({ count: z.number() }) });
  return (await ask(ctx, { document: countDocument(kind) }, counted)).count.count;
}

/** The next page of the same second follows the cursor of the last; what costs too much is asked for in fewer rows. */
function openPages(ctx: Ctx, kind: Kind) {
  let { first } = kind;
  let after: string | null = null;
  return async (from: Date | null, page: number): Promise<AscendingPage<Row>> => {
    const query = from ? `updated_at:>='${from.toISOString().replace(/\.\d+Z$/, 'Z')}'` : null;
    for (;;) {
      try {
        const variables = { first, after: page === 0 ? null : after, query };
        const { page: found } = await ask(ctx, { document: pageDocument(kind), variables }, answer);
        after = found.pageInfo.endCursor ?? null;
        return { rows: found.nodes, isLast: !found.pageInfo.hasNextPage };
      } catch (error) {
        if (!(error instanceof TooCostly) || first === 1) throw error;
        first = Math.ceil(first / 2);
      }
    }
  };
}
