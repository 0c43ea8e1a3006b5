import { z } from 'zod';
import { type Context, defineConnector, type VendorTotal } from '../contract.ts';
import { type Client, connect } from './client.ts';
import { guide } from './guide.ts';
import { map } from './map.ts';
import { postRow, userRow } from './rows.ts';
import { settings, type WordPressSettings } from './settings.ts';
import { streams } from './streams.ts';

export default defineConnector<WordPressSettings>({
  key: 'wordpress',
  name: 'WordPress',
  category: 'blog',
  summary: 'Readers with an account, comments, and the posts they read.',
  guide,
  settings,
  streams,
  map,
  totals,
  uncompared: 'Comments and posts are not compared.',
  check,
});

async function check(ctx: Context<WordPressSettings>): Promise<string> {
  const client = await connect(ctx);
  await client.one('/users/me', { context: 'edit' }, z.looseObject({ id: z.number() }));
  const users = await countUsers(client);
  const posts = await client.list(
    '/posts',
    { context: 'edit', status: 'any', per_page: '1', _fields: 'id,modified_gmt' },
    postRow,
  );
  return `${users ?? 'some'} users and ${posts.total ?? 'some'} posts`;
}

/** How many users there are now; a host that drops the header with the number has told nothing. */
async function totals(ctx: Context<WordPressSettings>): Promise<VendorTotal[]> {
  const users = await countUsers(await connect(ctx));
  return users === undefined ? [] : [{ stream: 'users', figure: 'people', day: null, value: String(users) }];
}

async function countUsers(client: Client): Promise<number | undefined> {
  return (await client.list('/users', { context: 'edit', per_page: '1' }, userRow)).total;
}
