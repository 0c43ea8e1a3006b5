import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { readAscending } from '../reading/ascending.ts';
import { ask, COUNT } from './client.ts';
import { type ListRow, listRow, type MemberRow, memberRow } from './rows.ts';
import type { MailchimpSettings } from './settings.ts';

type Ctx = Context<MailchimpSettings>;

const OVERLAP_MS = 10 * 60_000;
/** `_links` are most of the bytes of an answer. */
const FIELDS = [
  'id',
  'email_address',
  'unique_email_id',
  'contact_id',
  'full_name',
  'status',
  'merge_fields',
  'interests',
  'tags',
  'timestamp_signup',
  'timestamp_opt',
  'last_changed',
  'language',
  'vip',
  'location',
  'source',
  'unsubscribe_reason',
  'list_id',
];

/** Audience id -> how far its members were read. */
const memberCursor = z.record(z.string(), z.string());
const membersAnswer = z.object({ members: z.array(memberRow), total_items: z.number() });

export const membersStream: Stream<MailchimpSettings> = {
  key: 'members',
  title: 'Contacts',
  listsAll: true,
  cursor: memberCursor,
  pull: pullMembers,
};

export async function listAudiences(ctx: Ctx): Promise<ListRow[]> {
  const fields = 'lists.id,lists.name,lists.stats.member_count,total_items';
  const query = { count: String(COUNT), fields };
  const { lists } = await ask(ctx, { path: '/lists', query }, z.object({ lists: z.array(listRow) }));
  return lists.filter((list) => !ctx.settings.audience || list.id === ctx.settings.audience);
}

async function* pullMembers(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  // Mailchimp has no filter by the time somebody came, so a slice is everybody; the cursor stays where it was.
  let cursor = ctx.window ? {} : (readCursor(given, memberCursor) ?? {});
  for (const list of await listAudiences(ctx)) {
    for await (const { rows, at, total } of readMembers(ctx, list, cursor[list.id])) {
      if (at) cursor = { ...cursor, [list.id]: at.toISOString() };
      yield { items: rows.map((row) => memberItem(row, list)), cursor: ctx.window ? given : cursor, total };
    }
  }
}

function readMembers(ctx: Ctx, list: ListRow, since: string | undefined) {
  return readAscending<MemberRow>({
    vendor: 'Mailchimp',
    from: since ? new Date(Date.parse(since) - OVERLAP_MS) : null,
    now: ctx.clock(),
    atOf: (row) => toMoment(row.last_changed) ?? new Date(0),
    idOf: (row) => row.id,
    fetchPage: async (from, page) => {
      const offset = page * COUNT;
      const { members, total_items } = await ask(
        ctx,
        { path: `/lists/${list.id}/members`, query: queryFor(from, offset) },
        membersAnswer,
      );
      return { rows: members, isLast: offset + COUNT >= total_items, total: total_items };
    },
  });
}

function queryFor(from: Date | null, offset: number): Record<string, string> {
  return {
    count: String(COUNT),
    offset: String(offset),
    sort_field: 'last_changed',
    sort_dir: 'ASC',
    fields: [...FIELDS.map((field) => `members.${field}`), 'total_items'].join(','),
    ...(from ? { since_last_changed: from.toISOString().replace(/\.\d+Z$/, '+00:00') } : {}),
  };
}

/** How many contacts an audience has, all of them or those of one status. */
export async function countMembers(ctx: Ctx, listId: string, status?: 'subscribed'): Promise<number> {
  const query = { count: '1', fields: 'total_items', ...(status ? { status } : {}) };
  const path = `/lists/${listId}/members`;
  return (await ask(ctx, { path, query }, z.object({ total_items: z.number() }))).total_items;
}

/** The same address in two audiences is two contacts. The audience's name goes with each, for the proof of consent. */
function memberItem(row: MemberRow, list: ListRow): Item {
  const payload = Object.assign(row, { audience: { id: list.id, name: list.name } });
  return { stream: 'members', externalId: `${list.id}:${row.id}`, version: row.last_changed, payload };
}
