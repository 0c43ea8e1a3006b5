import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Item } from '../contract.ts';
import { toMoment } from '../reading/answers.ts';
import { activityRow, type CampaignRow, sentRow, unsubscribeRow } from './rows.ts';

/** The items a row of a report gives, with the time each happened. */
export function sentItems(given: Record<string, unknown>, campaign: CampaignRow) {
  const row = sentRow.parse(given);
  const payload = { ...row, campaign: about(campaign) };
  return [{ item: event('sent', [campaign.id, row.email_id], payload), at: null }];
}

export function unsubscribeItems(given: Record<string, unknown>, campaign: CampaignRow) {
  const row = unsubscribeRow.parse(given);
  const payload = { ...row, campaign: about(campaign) };
  return [
    {
      item: event('unsubscribes', [campaign.id, row.email_id, row.timestamp], payload),
      at: toMoment(row.timestamp),
    },
  ];
}

export function activityItems(given: Record<string, unknown>, campaign: CampaignRow) {
  const { activity, ...row } = activityRow.parse(given);
  return activity.map((act) => {
    const payload = { ...row, ...act, campaign: about(campaign) };
    const item = event(
      'activity',
      [campaign.id, row.email_id, act.action, act.timestamp, short(act.url)],
      payload,
    );
    return { item, at: toMoment(act.timestamp) };
  });
}

/** What happened does not change: it has no versions. */
function event(stream: string, id: string[], payload: Record<string, unknown>): Item {
  return { stream, externalId: id.filter((part) => part !== '').join(':'), version: '', payload };
}

const named = z.looseObject({ title: z.string().nullish(), subject_line: z.string().nullish() });

function about({ id, send_time, settings }: CampaignRow): Record<string, unknown> {
  const { title, subject_line: subject } = named.parse(settings ?? {});
  return { id, send_time, title, subject };
}

function short(url: unknown): string {
  return typeof url === 'string' ? createHash('sha256').update(url).digest('hex').slice(0, 16) : '';
}
