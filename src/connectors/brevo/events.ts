import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { addDays, dayIn } from '../reading/days.ts';
import { ask } from './client.ts';
import { campaignRow, type EventRow, eventRow } from './rows.ts';
import type { BrevoSettings } from './settings.ts';

type Ctx = Context<BrevoSettings>;

const LIMIT = 5000;
/** Further back Brevo does not look. */
const FIRST_DAYS = 30;
const eventCursor = z.object({ since: z.string() });
const answer = z.object({ events: z.array(eventRow).nullish() });

/** Of transactional mails only; those of campaigns come by webhook. */
export const eventsStream: Stream<BrevoSettings> = {
  key: 'events',
  title: 'Transactional mails',
  cursor: eventCursor,
  pull: pullEvents,
};

/** Day by day, the day it stopped at once more: Brevo's days are of the account's own zone. */
async function* pullEvents(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const { window } = ctx;
  const since = readCursor(given, eventCursor)?.since;
  const today = dayIn(ctx.clock(), 'UTC');
  const earliest = addDays(today, -FIRST_DAYS);
  const wanted = addDays(window ? dayIn(window.from, 'UTC') : (since?.slice(0, 10) ?? earliest), -1);
  const last = window ? addDays(dayIn(window.to, 'UTC'), 1) : today;
  let cursor = given;
  for (let day = wanted < earliest ? earliest : wanted; day <= last && day <= today; day = addDays(day, 1)) {
    for (let offset = 0; ; offset += LIMIT) {
      const query = {
        limit: String(LIMIT),
        offset: String(offset),
        startDate: day,
        endDate: day,
        sort: 'asc',
      };
      const rows = (await ask(ctx, '/smtp/statistics/events', query, answer)).events ?? [];
      const isLast = rows.length < LIMIT;
      if (isLast && !window) cursor = { since: day };
      yield { items: rows.map(listedItem), cursor };
      if (isLast) break;
    }
  }
}

export const campaignsStream: Stream<BrevoSettings> = {
  key: 'campaigns',
  title: 'Campaigns',
  cursor: z.null(),
  pull: async function* (ctx) {
    const page = z.object({ campaigns: z.array(campaignRow).nullish() });
    for (let offset = 0; ; offset += 100) {
      const query = { limit: '100', offset: String(offset), status: 'sent' };
      const rows = (await ask(ctx, '/emailCampaigns', query, page)).campaigns ?? [];
      // What it looks like and how it went are other people's affair, and megabytes.
      const items = rows.map(({ htmlContent: _html, statistics: _figures, ...row }) => ({
        stream: 'campaigns',
        externalId: String(row.id),
        payload: row,
      }));
      yield { items, cursor: null };
      if (rows.length < 100) return;
    }
  },
};

/** What both the list and the webhooks say of one event; the same event told twice has the same id. */
export type Told = {
  kind: string;
  email: string;
  at: string;
  campaignId?: string | undefined;
  messageId?: string | undefined;
  url?: string | undefined;
  [more: string]: unknown;
};

export function eventItem(told: Told): Item {
  const at = toMoment(told.at)?.toISOString() ?? told.at;
  const about = [
    told.kind,
    told.email.toLowerCase(),
    at,
    told.messageId ?? told.campaignId ?? '',
    told.url ?? '',
  ];
  const externalId = createHash('sha256').update(about.join('\u0000')).digest('hex').slice(0, 32);
  return { stream: 'events', externalId, version: '', payload: told };
}

/** `hardBounces`, `hard_bounce` and `hardBounce` are one. */
export function kindOf(name: string): string {
  return name.replace(/_/g, '').toLowerCase().replace(/s$/, '');
}

function listedItem({ event, date, link, ...row }: EventRow): Item {
  return eventItem({ ...row, kind: kindOf(event), at: date, url: link ?? undefined });
}
