import { z } from 'zod';
import type { Context, VendorTotal } from '../contract.ts';
import { listCampaigns } from './campaigns.ts';
import { countMembers, listAudiences } from './members.ts';
import type { MailchimpSettings } from './settings.ts';

type Ctx = Context<MailchimpSettings>;

/** Mails sent, by the day the campaign went out (UTC); contacts and subscribers as they are now. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  return [...(await sentByDay(ctx, from, to)), ...(await countPeople(ctx))];
}

async function sentByDay(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const counts = new Map<string, number>();
  for (const campaign of await listCampaigns(ctx)) {
    const sentAt = Date.parse(campaign.send_time);
    if (sentAt < from.getTime() || sentAt >= to.getTime()) continue;
    const day = new Date(sentAt).toISOString().slice(0, 10);
    counts.set(day, (counts.get(day) ?? 0) + z.number().catch(0).parse(campaign.emails_sent));
  }
  return [...counts].map(([day, count]) => ({ day, stream: 'sent', figure: 'sent', value: String(count) }));
}

/** Over all audiences: the same address in two of them is two contacts, here as there. */
async function countPeople(ctx: Ctx): Promise<VendorTotal[]> {
  let people = 0;
  let subscribers = 0;
  for (const { id } of await listAudiences(ctx)) {
    people += await countMembers(ctx, id);
    subscribers += await countMembers(ctx, id, 'subscribed');
  }
  const stated = { stream: 'members', day: null };
  return [
    { ...stated, figure: 'people', value: String(people) },
    { ...stated, figure: 'subscribers', value: String(subscribers) },
  ];
}
