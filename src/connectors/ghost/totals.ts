import { z } from 'zod';
import type { Context, VendorTotal } from '../contract.ts';
import { ask, filterMoment } from './client.ts';
import { createdBetween } from './members.ts';
import { meta } from './rows.ts';
import type { GhostSettings } from './settings.ts';

type Ctx = Context<GhostSettings>;

const DAY_MS = 86_400_000;

/** Ghost counts whatever a filter lets pass: one row is asked for, the count comes with it. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const figures: VendorTotal[] = [];
  for (let at = from.getTime(); at < to.getTime(); at += DAY_MS) {
    const [start, end] = [new Date(at), new Date(Math.min(at + DAY_MS, to.getTime()))];
    const day = start.toISOString().slice(0, 10);
    const people = await count(ctx, '/members/', createdBetween(start, end));
    const sent = await count(ctx, '/members/events/', sentBetween(start, end));
    figures.push({ stream: 'members', figure: 'people', day, value: people });
    figures.push({ stream: 'member_events', figure: 'sent', day, value: sent });
  }
  const subscribers = await count(ctx, '/members/', 'subscribed:true');
  return [...figures, { stream: 'members', figure: 'subscribers', day: null, value: subscribers }];
}

function sentBetween(from: Date, to: Date): string {
  const bounds = `data.created_at:>=${filterMoment(from)}+data.created_at:<${filterMoment(to)}`;
  return `type:[email_sent_event]+${bounds}`;
}

async function count(ctx: Ctx, path: string, filter: string): Promise<string> {
  const { meta: found } = await ask(ctx, path, { limit: '1', filter }, z.object({ meta }));
  return String(found.pagination.total);
}
