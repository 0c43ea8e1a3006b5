import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { identifiers, profileAliases, profiles } from '../../db/schema/identify.ts';
import { matchForm } from '../identify/normalise.ts';

/** What a row of a list names people by; `any` is recognised by itself. */
export type ListKey = 'any' | 'profile' | 'email' | 'user_id' | 'phone' | `source:${string}`;

/** The people whom some texts name, by the text; at most a few thousand at once. Found by key of each kind. */
export async function findNamed(
  db: Db,
  workspaceId: string,
  kind: ListKey,
  texts: string[],
): Promise<Map<string, string>> {
  const wanted = texts.flatMap((text) => readings(kind, text).map((one) => ({ text, ...one })));
  const found = new Map<string, string>();
  const put = (rows: { text: string; id: string }[]) => {
    for (const { text, id } of rows) if (!found.has(text)) found.set(text, id);
  };
  put(
    await findById(
      db,
      workspaceId,
      wanted.filter((one) => one.kind === 'profile'),
    ),
  );
  put(
    await findByIdentifier(
      db,
      workspaceId,
      wanted.filter((one) => one.kind !== 'profile'),
    ),
  );
  return found;
}

type Wanted = { text: string; kind: string; value: string };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readings(kind: ListKey, text: string): { kind: string; value: string }[] {
  const given = text.trim();
  if (given === '' || given.includes('\u0000')) return [];
  const kinds = kind === 'any' ? recognise(given) : [kind];
  return kinds.flatMap((each) => {
    if (each === 'profile') return UUID.test(given) ? [{ kind: each, value: given.toLowerCase() }] : [];
    const value = matchForm(each, given);
    return value === null ? [] : [{ kind: each, value }];
  });
}

function recognise(text: string): string[] {
  if (text.includes('@')) return ['email', 'user_id'];
  return UUID.test(text) ? ['profile', 'user_id'] : ['user_id', 'phone'];
}

/** Also by an id somebody had before a merge. */
async function findById(
  db: Db,
  workspaceId: string,
  wanted: Wanted[],
): Promise<{ text: string; id: string }[]> {
  if (wanted.length === 0) return [];
  return await rowsOf<{ text: string; id: string }>(
    db,
    sql`select g.text, p.id
          from unnest(${sql.param(wanted.map(({ text }) => text))}::text[],
                      ${sql.param(wanted.map(({ value }) => value))}::uuid[]) as g (text, id)
          left join ${profileAliases} a on a.workspace_id = ${workspaceId} and a.alias_id = g.id
          join ${profiles} p on p.workspace_id = ${workspaceId} and p.id = coalesce(a.profile_id, g.id)
           and p.merged_into is null and p.erased_at is null`,
  );
}

async function findByIdentifier(
  db: Db,
  workspaceId: string,
  wanted: Wanted[],
): Promise<{ text: string; id: string }[]> {
  if (wanted.length === 0) return [];
  return await rowsOf<{ text: string; id: string }>(
    db,
    sql`select g.text, p.id
          from unnest(${sql.param(wanted.map(({ text }) => text))}::text[],
                      ${sql.param(wanted.map(({ kind }) => kind))}::text[],
                      ${sql.param(wanted.map(({ value }) => value))}::text[])
               with ordinality as g (text, kind, value, place)
          join ${identifiers} i on i.workspace_id = ${workspaceId} and i.kind = g.kind and i.value = g.value
          join ${profiles} p on p.workspace_id = ${workspaceId} and p.id = i.profile_id
           and p.merged_into is null and p.erased_at is null
         order by g.place`,
  );
}
