import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { findProfileByIdentifier } from '../../../flow/identify/profiles.ts';
import { loadPeople, searchNames, searchPeople } from '../../../reports/people.sql.ts';
import { type Eyes, personRow } from '../../models/people.ts';
import { type PageContext, page } from '../../page.ts';

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
    const people = q === '' ? [] : await findPeople(request, q);
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
async function findPeople(request: Pick<PageContext, 'pipeline' | 'workspace'>, q: string) {
  return await withWorkspace(request.pipeline, request.workspace.id, async ({ db, workspace }) => {
    const exact = new Set<string>();
    for (const kind of KINDS) {
      const id = await findProfileByIdentifier(db, workspace.id, kind, q);
      if (id) exact.add(id);
    }
    const first = exact.size > 0 ? await loadPeople(db, workspace.id, [...exact]) : [];
    const others = q.length < MIN_SEARCH ? [] : await searchPeople(db, workspace.id, q, MAX_PEOPLE);
    return [...first, ...others.filter(({ id }) => !exact.has(id))].slice(0, MAX_PEOPLE);
  });
}
