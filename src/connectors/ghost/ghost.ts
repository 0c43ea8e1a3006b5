import { z } from 'zod';
import { type Context, defineConnector } from '../contract.ts';
import { ask } from './client.ts';
import { eventsStream } from './events.ts';
import { guide } from './guide.ts';
import { hooks } from './hooks.ts';
import { map } from './map.ts';
import { membersStream } from './members.ts';
import { postsStream } from './posts.ts';
import { memberRow, meta } from './rows.ts';
import { type GhostSettings, settings } from './settings.ts';
import { totals } from './totals.ts';

export default defineConnector<GhostSettings>({
  key: 'ghost',
  name: 'Ghost',
  category: 'blog',
  summary: 'Members, what they subscribed to, and which mails they opened and clicked.',
  guide,
  settings,
  streams: [membersStream, eventsStream, postsStream],
  map,
  hooks,
  totals,
  check,
});

async function check(ctx: Context<GhostSettings>): Promise<string> {
  const members = await ask(
    ctx,
    '/members/',
    { limit: '1' },
    z.object({ members: z.array(memberRow), meta }),
  );
  const newsletters = await ask(
    ctx,
    '/newsletters/',
    { limit: '50' },
    z.object({ newsletters: z.array(z.looseObject({})) }),
  );
  return `${members.meta.pagination.total} members, ${newsletters.newsletters.length} newsletters`;
}
