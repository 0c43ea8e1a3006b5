import { z } from 'zod';
import { type Context, defineConnector, type VendorTotal } from '../contract.ts';
import { campaignsStream, listCampaigns, reportStreams } from './campaigns.ts';
import { ask } from './client.ts';
import { hooks } from './hooks.ts';
import { map } from './map.ts';
import { listAudiences, membersStream } from './members.ts';
import { push } from './push.ts';
import { type MailchimpSettings, settings } from './settings.ts';

type Ctx = Context<MailchimpSettings>;

export default defineConnector<MailchimpSettings>({
  key: 'mailchimp',
  name: 'Mailchimp',
  category: 'email',
  summary:
    'Contacts with their consent, and who was sent, opened and clicked what. Segments go back as tags.',
  settings,
  streams: [membersStream, campaignsStream, ...reportStreams],
  map,
  hooks,
  push,
  totals,
  check,
});

async function check(ctx: Ctx): Promise<string> {
  await ask(ctx, { path: '/ping' }, z.object({ health_status: z.string() }));
  const audiences = await listAudiences(ctx);
  const contacts = audiences.reduce((sum, list) => sum + (list.stats?.member_count ?? 0), 0);
  return `${audiences.length === 1 ? '1 audience' : `${audiences.length} audiences`}, ${contacts.toLocaleString('en')} contacts`;
}

/** Mails sent, by the day the campaign went out (UTC). */
async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const counts = new Map<string, number>();
  for (const campaign of await listCampaigns(ctx)) {
    const sentAt = Date.parse(campaign.send_time);
    if (sentAt < from.getTime() || sentAt >= to.getTime()) continue;
    const day = new Date(sentAt).toISOString().slice(0, 10);
    counts.set(day, (counts.get(day) ?? 0) + z.number().catch(0).parse(campaign.emails_sent));
  }
  return [...counts].map(([day, count]) => ({
    day,
    stream: 'sent',
    figure: 'sent' as const,
    value: String(count),
  }));
}
