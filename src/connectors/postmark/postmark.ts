import { z } from 'zod';
import { type Context, defineConnector, type VendorTotal } from '../contract.ts';
import { ask } from './client.ts';
import { bouncesStream, messagesStream, readMessages } from './days.ts';
import { guide } from './guide.ts';
import { hooks } from './hooks.ts';
import { map } from './map.ts';
import { type PostmarkSettings, settings } from './settings.ts';
import { signStreams } from './signs.ts';

type Ctx = Context<PostmarkSettings>;

/** Postmark keeps 45 days; the webhooks are what brings everything. */
export default defineConnector<PostmarkSettings>({
  key: 'postmark',
  name: 'Postmark',
  category: 'email',
  summary: 'Who was sent, opened and clicked which mail, what bounced, and who asked for no more.',
  guide,
  settings,
  streams: [messagesStream, bouncesStream, ...signStreams],
  map,
  hooks,
  totals,
  uncompared: 'Opens, clicks and bounces are not compared.',
  check,
});

async function check(ctx: Ctx): Promise<string> {
  const { Name } = await ask(ctx, '/server', {}, z.object({ Name: z.string() }));
  const query = { count: '1', offset: '0' };
  const { TotalCount } = await ask(ctx, '/messages/outbound', query, z.object({ TotalCount: z.number() }));
  return `The server ${Name} with ${TotalCount.toLocaleString('en')} mails it still remembers`;
}

/** Mails by the UTC day they were handed to Postmark, one for each recipient. Its own statistics count other days. */
async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const counts = new Map<string, number>();
  for await (const messages of readMessages(ctx, from, to)) {
    for (const { ReceivedAt, Recipients } of messages) {
      const day = new Date(ReceivedAt).toISOString().slice(0, 10);
      counts.set(day, (counts.get(day) ?? 0) + Recipients.length);
    }
  }
  return [...counts].map(([day, count]) => ({
    stream: 'messages',
    figure: 'sent',
    day,
    value: String(count),
  }));
}
