import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { ask, COUNT } from './client.ts';
import { activityItems, sentItems, unsubscribeItems } from './report-items.ts';
import { type CampaignRow, campaignRow } from './rows.ts';
import type { MailchimpSettings } from './settings.ts';

type Ctx = Context<MailchimpSettings>;

const DAY_MS = 24 * 60 * 60_000;
/** A campaign nobody opened for so long is not asked about any more. */
const QUIET_DAYS = 30;
const OVERLAP_MS = 60 * 60_000;

/** Campaign id -> the last thing that happened in it, and when it was last read to its end. */
const campaignCursor = z.record(z.string(), z.object({ since: z.string().nullable(), readAt: z.string() }));
type CampaignCursor = z.infer<typeof campaignCursor>;

/** One report of a campaign: where its rows are, and the items a row gives with the time each happened. */
type Report = {
  key: string;
  title: string;
  path: string;
  list: string;
  hasSince: boolean;
  /** Settled when the campaign is sent: read once, and once more a day later for time-zone sendings. */
  isSettled: boolean;
  itemsOf: (row: Record<string, unknown>, campaign: CampaignRow) => { item: Item; at: Date | null }[];
};

export const campaignsStream: Stream<MailchimpSettings> = {
  key: 'campaigns',
  title: 'Campaigns',
  cursor: z.null(),
  pull: async function* (ctx) {
    const campaigns = await listCampaigns(ctx);
    yield {
      items: campaigns.map((row) => ({ stream: 'campaigns', externalId: row.id, payload: row })),
      cursor: null,
    };
  },
};

export const reportStreams: Stream<MailchimpSettings>[] = [
  {
    key: 'sent',
    title: 'Mails sent',
    path: 'sent-to',
    list: 'sent_to',
    hasSince: false,
    isSettled: true,
    itemsOf: sentItems,
  },
  {
    key: 'activity',
    title: 'Opens, clicks and bounces',
    path: 'email-activity',
    list: 'emails',
    hasSince: true,
    isSettled: false,
    itemsOf: activityItems,
  },
  {
    key: 'unsubscribes',
    title: 'Unsubscribes',
    path: 'unsubscribed',
    list: 'unsubscribes',
    hasSince: false,
    isSettled: false,
    itemsOf: unsubscribeItems,
  },
].map((report) => ({
  key: report.key,
  title: report.title,
  cursor: campaignCursor,
  pull: (ctx, cursor) => pullReport(ctx, report, cursor),
}));

async function* pullReport(ctx: Ctx, report: Report, given: unknown): AsyncIterable<Page> {
  // A slice of time is read from the reports of every campaign sent before its end; the cursor stays where it was.
  let cursor = ctx.window ? {} : (readCursor(given, campaignCursor) ?? {});
  for (const campaign of await listCampaigns(ctx)) {
    if (ctx.window && Date.parse(campaign.send_time) >= ctx.window.to.getTime()) continue;
    const known = cursor[campaign.id];
    if (!isWorthReading(report, campaign, known, ctx.clock())) continue;
    let latest = Date.parse(known?.since ?? '') || 0;
    for await (const page of readReport(ctx, report, campaign, known?.since ?? null)) {
      const told = page.rows.flatMap((row) => report.itemsOf(row, campaign));
      latest = Math.max(latest, ...told.map(({ at }) => Math.min(at?.getTime() ?? 0, ctx.clock().getTime())));
      // Rows come in no promised order: only the end of the report moves the cursor.
      if (page.isLast) {
        const since = latest > 0 ? new Date(latest).toISOString() : null;
        cursor = { ...cursor, [campaign.id]: { since, readAt: ctx.clock().toISOString() } };
      }
      yield { items: told.map(({ item }) => item), cursor: ctx.window ? given : cursor, total: page.total };
    }
  }
}

function isWorthReading(
  report: Report,
  campaign: CampaignRow,
  known: CampaignCursor[string] | undefined,
  now: Date,
): boolean {
  if (!known) return true;
  const sentAt = toMoment(campaign.send_time)?.getTime() ?? 0;
  if (report.isSettled) return Date.parse(known.readAt) < sentAt + DAY_MS;
  const lastSign = Math.max(sentAt, Date.parse(known.since ?? '') || 0);
  return (
    now.getTime() - lastSign < QUIET_DAYS * DAY_MS ||
    Date.parse(known.readAt) < lastSign + QUIET_DAYS * DAY_MS
  );
}

const reportRows = z.array(z.record(z.string(), z.unknown()));
const reportTotal = z.number();

async function* readReport(ctx: Ctx, report: Report, campaign: CampaignRow, since: string | null) {
  const schema = z.object({
    [report.list]: reportRows,
    total_items: reportTotal,
  });
  const from =
    since && report.hasSince ? { since: new Date(Date.parse(since) - OVERLAP_MS).toISOString() } : {};
  for (let offset = 0; ; offset += COUNT) {
    const query = {
      count: String(COUNT),
      offset: String(offset),
      exclude_fields: `_links,${report.list}._links`,
      ...from,
    };
    const answer = await ask(ctx, { path: `/reports/${campaign.id}/${report.path}`, query }, schema);
    const rows = reportRows.parse(answer[report.list]);
    const total = reportTotal.parse(answer.total_items);
    const isLast = offset + COUNT >= total;
    yield { rows, isLast, total };
    if (isLast) return;
  }
}

const campaignsAnswer = z.object({ campaigns: z.array(campaignRow), total_items: z.number() });

export async function listCampaigns(ctx: Ctx): Promise<CampaignRow[]> {
  const fields = [
    'id',
    'send_time',
    'archive_url',
    'emails_sent',
    'settings.title',
    'settings.subject_line',
    'recipients.list_id',
  ];
  const found: CampaignRow[] = [];
  for (let offset = 0; ; offset += COUNT) {
    const query = {
      status: 'sent',
      count: String(COUNT),
      offset: String(offset),
      fields: [...fields.map((field) => `campaigns.${field}`), 'total_items'].join(','),
      ...(ctx.settings.audience ? { list_id: ctx.settings.audience } : {}),
    };
    const { campaigns, total_items } = await ask(ctx, { path: '/campaigns', query }, campaignsAnswer);
    found.push(...campaigns);
    if (offset + COUNT >= total_items) return found;
  }
}
