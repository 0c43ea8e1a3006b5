import { z } from 'zod';
import type { Item } from '../contract.ts';
import { toMoment } from '../reading/answers.ts';
import { versionAt } from '../reading/versions.ts';
import { type Kind, LINES } from './documents.ts';
import { numberOf, type Row } from './rows.ts';

const lines = z.object({ nodes: z.array(z.record(z.string(), z.unknown())) });

/** One row is the same item whether a page, a bulk file or a webhook brought it. */
export function toItem({ stream }: Kind, { lineItems, ...given }: Row): Item {
  const nodes = lines.safeParse(lineItems).data?.nodes;
  const payload = nodes ? { ...given, lineItems: nodes.slice(0, LINES) } : given;
  const at = toMoment(given.updatedAt) ?? new Date(0);
  return { stream, externalId: numberOf(given.id), version: versionAt(at, payload), payload };
}

/** Shopify says that it is gone. `at` tells one notice from the next; the same notice again is the same item. */
export function deletedItem(stream: string, gid: string, at: string): Item {
  return {
    stream,
    externalId: numberOf(gid),
    version: `deleted ${at}`,
    payload: { id: gid, deleted: true },
  };
}
