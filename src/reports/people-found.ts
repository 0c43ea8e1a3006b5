import type { Db } from '../db/pool.ts';
import { listPeople, type PeopleFilter, searchPeople } from './people.sql.ts';

/** More people than these are a rule, not a search. */
const MOST = 100_000;
const MOST_BY_TEXT = 5_000;
const BATCH = 1_000;

/** Ids of everybody whom a search on the People page finds, a batch at a time. */
export async function collectPeople(
  db: Db,
  workspaceId: string,
  { q, ...filter }: PeopleFilter & { q?: string | undefined },
): Promise<string[]> {
  if (q) return (await searchPeople(db, workspaceId, q, MOST_BY_TEXT)).map(({ id }) => id);
  const ids: string[] = [];
  let after: { value: string; id: string } | undefined;
  while (ids.length < MOST) {
    const rows = await listPeople(db, workspaceId, { ...filter, sort: 'revenue', after, limit: BATCH });
    ids.push(...rows.map(({ id }) => id));
    const last = rows.at(-1);
    if (rows.length < BATCH || !last) return ids;
    after = { value: last.netRevenue, id: last.id };
  }
  return ids;
}
