import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { findProfileByIdentifier } from '../../../flow/identify/profiles.ts';
import { loadPeople, type PersonRow, searchNames, searchPeople } from '../../../reports/people.sql.ts';
import { type Eyes, personRow } from '../../models/people.ts';
import { type PageContext, page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';

const MIN_SEARCH = 3;
const MAX_PEOPLE = 20;
/** What a pasted id may be. */
const KINDS = ['user_id', 'email', 'phone', 'anonymous_id'];

/** One box for people, segments and messages. */
export const showSearch = page({
  query: z.strictObject({ q: z.string().trim().max(200).default('') }),
  handle: async (request) => {
    const { q } = request.query;
    const { workspace, user } = request;
    const eyes: Eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
    const found = q === '' ? [] : (await findPeople({ web: request.pipeline, workspace }, { q })).value;
    if (!found) return beingWorkedOut(request, { title: 'Search' });
    const people = await loadInOrder(request, found);
    const named =
      q === ''
        ? []
        : await withWorkspace(request.web, workspace.id, ({ db }) => searchNames(db, workspace.id, q));
    return {
      view: 'search/index',
      title: 'Search',
      model: {
        q,
        people: people.map((row) => personRow(row, eyes)),
        more: people.length === MAX_PEOPLE ? `/people?${new URLSearchParams({ q })}` : null,
        segments: named
          .filter(({ area }) => area === 'segments')
          .map(({ key, name }) => ({ name, href: `/segments/${key}` })),
        messages: named
          .filter(({ area }) => area === 'messages')
          .map(({ key, name }) => ({ name, href: `/messages/${key}` })),
      },
    };
  },
});

/** Whoever has exactly this identifier first, then those whose name or address holds the text. */
const findPeople = workedOut(async ({ db, workspace }, { q }: { q: string }): Promise<string[]> => {
  const ids = new Set<string>();
  for (const kind of KINDS) {
    const id = await findProfileByIdentifier(db, workspace.id, kind, q);
    if (id) ids.add(id);
  }
  const others = q.length < MIN_SEARCH ? [] : await searchPeople(db, workspace.id, q, MAX_PEOPLE);
  return [...new Set([...ids, ...others.map(({ id }) => id)])].slice(0, MAX_PEOPLE);
});

/** Only who they are is remembered, not what they are called: whoever was erased since is not found again. */
async function loadInOrder(request: PageContext, ids: string[]): Promise<PersonRow[]> {
  const { web, workspace } = request;
  const rows = await withWorkspace(web, workspace.id, ({ db }) => loadPeople(db, workspace.id, ids));
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => known.get(id) ?? []);
}
