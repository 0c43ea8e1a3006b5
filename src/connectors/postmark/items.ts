import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Item } from '../contract.ts';
import { toMoment } from '../reading/answers.ts';
import type { bounceRow, changeRow, deliveryRow, messageRow, signRow } from './rows.ts';

/**
 * The same thing is told by webhook and by list, so both give it the same id. What happened does not change: it
 * has no versions.
 */
export function messageItem({ Status: _passing, ...row }: z.infer<typeof messageRow>): Item {
  return item('messages', [row.MessageID], row);
}

export function deliveryItem(row: z.infer<typeof deliveryRow>): Item {
  return item('deliveries', [row.MessageID, row.Recipient], row);
}

export function signItem(stream: 'opens' | 'clicks', row: z.infer<typeof signRow>): Item {
  const link = row.OriginalLink ? [hash(row.OriginalLink)] : [];
  return item(stream, [row.MessageID, row.Recipient, second(row.ReceivedAt), ...link], row);
}

export function bounceItem(row: z.infer<typeof bounceRow>): Item {
  return item('bounces', [String(row.ID)], row);
}

export function changeItem(row: z.infer<typeof changeRow>): Item {
  return item('subscriptions', [row.Recipient, row.ChangedAt, String(row.MessageStream ?? '')], row);
}

function item(stream: string, id: string[], payload: Record<string, unknown>): Item {
  return { stream, externalId: id.join(':').toLowerCase(), version: '', payload };
}

/** Webhooks and lists write the same moment with different precision. */
function second(time: string): string {
  return toMoment(time)?.toISOString().slice(0, 19) ?? time;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
