import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import { memberItem } from './members.ts';
import { memberRow } from './rows.ts';
import type { GhostSettings } from './settings.ts';

/** A signature older than this may be a recording that somebody plays back. */
const TOLERANCE_MS = 300_000;

const state = z.looseObject({ id: z.string().optional() });
const notice = z.object({ member: z.object({ current: state, previous: state }) });

export const hooks: Hooks<GhostSettings> = { verify };

/** https://docs.ghost.org/webhooks/ : member.added, member.edited, member.deleted. */
function verify(request: HookRequest, settings: GhostSettings): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: { status: 200, body: 'Ready.' } };
  if (settings.webhookSecret && !isSigned(request, settings.webhookSecret)) {
    return { answer: { status: 401, body: 'The signature does not fit.' } };
  }
  const parsed = notice.safeParse(parse(request.body));
  if (!parsed.success) return { answer: { status: 400, body: 'This is not a notice about a member.' } };
  return { items: itemsOf(parsed.data.member, request.receivedAt) };
}

/** `X-Ghost-Signature: sha256=<hex>, t=<ms>` over the raw body followed by the time. */
function isSigned({ headers, body, receivedAt }: HookRequest, secret: string): boolean {
  const [, signature, time] =
    /^sha256=([0-9a-f]{64}),\s*t=(\d+)$/.exec(headers['x-ghost-signature'] ?? '') ?? [];
  if (!signature || !time) return false;
  const expected = createHmac('sha256', secret).update(body).update(time).digest();
  const isFresh = Math.abs(receivedAt.getTime() - Number(time)) <= TOLERANCE_MS;
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) && isFresh;
}

function itemsOf({ current, previous }: z.infer<typeof notice>['member'], receivedAt: Date): Item[] {
  const row = memberRow.safeParse(current);
  if (row.success) return [memberItem(row.data)];
  if (current.id || !previous.id) return [];
  const payload = { id: previous.id, deleted: true };
  return [
    { stream: 'members', externalId: previous.id, version: `deleted ${receivedAt.toISOString()}`, payload },
  ];
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
