import { z } from 'zod';
import { type Context, defineConnector } from '../contract.ts';
import { campaignsStream, reportStreams } from './campaigns.ts';
import { ask } from './client.ts';
import { guide } from './guide.ts';
import { hooks } from './hooks.ts';
import { map } from './map.ts';
import { listAudiences, membersStream } from './members.ts';
import { audience, push } from './push.ts';
import { type MailchimpSettings, settings } from './settings.ts';
import { totals } from './totals.ts';

type Ctx = Context<MailchimpSettings>;

export default defineConnector<MailchimpSettings>({
  key: 'mailchimp',
  name: 'Mailchimp',
  category: 'email',
  summary:
    'Contacts with their consent, and who was sent, opened and clicked what. Segments go back as tags.',
  guide,
  settings,
  streams: [membersStream, campaignsStream, ...reportStreams],
  map,
  hooks,
  audience,
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
