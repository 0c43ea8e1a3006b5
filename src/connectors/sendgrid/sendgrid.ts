import { z } from 'zod';
import { type Context, defineConnector, type VendorTotal } from '../contract.ts';
import { ask } from './client.ts';
import { contactsStream } from './contacts.ts';
import { guide } from './guide.ts';
import { hooks } from './hooks.ts';
import { map } from './map.ts';
import { type SendgridSettings, settings } from './settings.ts';
import { suppressionStreams } from './suppressions.ts';

type Ctx = Context<SendgridSettings>;

/** SendGrid does not tell who was deleted. Opens and clicks come by webhook only. */
export default defineConnector<SendgridSettings>({
  key: 'sendgrid',
  name: 'SendGrid',
  category: 'email',
  summary: 'Contacts, who left, bounced or complained; by webhook who was sent, opened and clicked what.',
  guide,
  settings,
  streams: [contactsStream, ...suppressionStreams],
  map,
  hooks,
  totals,
  uncompared: 'Mails sent, opened and clicked come by webhook only, and are not compared.',
  check,
});

const counted = z.object({ contact_count: z.number() });
const lists = z.object({ result: z.array(z.looseObject({})) });

async function check(ctx: Ctx): Promise<string> {
  const { contact_count } = await ask(ctx, { path: '/marketing/contacts/count' }, counted);
  const { result } = await ask(ctx, { path: '/marketing/lists', query: { page_size: '1000' } }, lists);
  const query = { start_time: '0', end_time: '1' };
  await ask(ctx, { path: '/suppression/bounces', query }, z.array(z.looseObject({})));
  const hook = ctx.settings.verification ? '' : '. Without a verification key no webhook is taken';
  return `${contact_count.toLocaleString('en')} contacts, ${result.length} lists${hook}`;
}

/** SendGrid counts its contacts as they are now; what it sent is told by the webhook alone. */
async function totals(ctx: Ctx): Promise<VendorTotal[]> {
  const { contact_count } = await ask(ctx, { path: '/marketing/contacts/count' }, counted);
  return [{ stream: 'contacts', figure: 'people', day: null, value: String(contact_count) }];
}
