import { z } from 'zod';
import { type Context, defineConnector, type VendorTotal } from '../contract.ts';
import { ask } from './client.ts';
import { contactsStream, countContacts } from './contacts.ts';
import { campaignsStream, eventsStream } from './events.ts';
import { guide } from './guide.ts';
import { hooks } from './hooks.ts';
import { map } from './map.ts';
import { type BrevoSettings, settings } from './settings.ts';

type Ctx = Context<BrevoSettings>;

const DAY_MS = 86_400_000;

export default defineConnector<BrevoSettings>({
  key: 'brevo',
  name: 'Brevo',
  category: 'email',
  summary:
    'Contacts with their lists, transactional mails; by webhook who opened and clicked which campaign.',
  guide,
  settings,
  streams: [contactsStream, eventsStream, campaignsStream],
  map,
  hooks,
  totals,
  check,
});

async function check(ctx: Ctx): Promise<string> {
  const contacts = await countContacts(ctx);
  const query = { limit: '50', offset: '0' };
  const lists = await ask(ctx, '/contacts/lists', query, z.object({ count: z.number().default(0) }));
  const hook = ctx.settings.hookToken ? '' : '. Without a webhook token no webhook is taken';
  return `${contacts.toLocaleString('en')} contacts, ${lists.count} lists${hook}`;
}

/** Brevo counts contacts created since a moment: what lies between two midnights is the day's. */
async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const figures: VendorTotal[] = [];
  let above = await countContacts(ctx, from);
  for (let at = from.getTime(); at < to.getTime(); at += DAY_MS) {
    const rest = await countContacts(ctx, new Date(Math.min(at + DAY_MS, to.getTime())));
    const day = new Date(at).toISOString().slice(0, 10);
    figures.push({ stream: 'contacts', figure: 'people', day, value: String(above - rest) });
    above = rest;
  }
  const all = await countContacts(ctx);
  return [...figures, { stream: 'contacts', figure: 'people', day: null, value: String(all) }];
}
