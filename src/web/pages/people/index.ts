import { z } from 'zod';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import {
  countPeople,
  listPeople,
  listSegmentChoices,
  loadPeople,
  type PeopleWish,
  type PersonRow,
  searchPeople,
} from '../../../reports/people.sql.ts';
import type { PageAnswer } from '../../answers.ts';
import { LIMITS } from '../../limits.ts';
import { formatNumber } from '../../models/format.ts';
import { type Eyes, LIFECYCLES, lifecycleName, personRow } from '../../models/people.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';

/** People are counted up to here; beyond it the page says "more than". */
const COUNT_CAP = 10_001;
/** Two letters are in half of all names, and the index holds threes. */
const MIN_SEARCH = 3;

/** A field of the filter that was left empty was not chosen. */
const empty = z.literal('').transform(() => undefined);
export const peopleFilter = z.strictObject({
  q: z.string().trim().max(200).optional(),
  segment: z.union([empty, z.string().max(200)]).optional(),
  source: z.union([empty, z.uuid()]).optional(),
  lifecycle: z.union([empty, z.enum(LIFECYCLES)]).optional(),
  email: z.union([empty, z.enum(['yes', 'no'])]).optional(),
});
export const peopleQuery = peopleFilter.extend({
  sort: z.enum(['seen', 'revenue']).default('seen'),
  after: z
    .string()
    .regex(/^[0-9TZ:.+-]+_[0-9a-f-]{36}$/)
    .transform((text) => ({ value: text.split('_')[0]!, id: text.split('_')[1]! }))
    .optional(),
});
type Query = z.infer<typeof peopleQuery>;

/** Everybody the business knows: filter, sort, search. */
export const showPeople = page({
  query: peopleQuery,
  handle: async (request) => await drawPeople(request, request.query, null),
});

/** Also after the form that saves whom it found was refused; its other values are the filter's. */
export async function drawPeople(
  request: PageContext,
  asked: Query,
  rejected: Rejected | null,
): Promise<PageAnswer> {
  const { workspace, user } = request;
  const eyes: Eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
  const limit = LIMITS.rowsPerPage;
  const people = await findPeople(request, asked);
  if (!people) return beingWorkedOut(request, { title: 'People' });
  const found = await withWorkspace(request.web, workspace.id, async ({ db }) => ({
    ...people,
    sources: await listSources(db, workspace.id),
    segments: await listSegmentChoices(db, workspace.id),
  }));
  const shown = found.rows.slice(0, limit);
  return {
    view: 'people/index',
    title: 'People',
    errors: rejected?.errors ?? {},
    model: {
      typed: rejected?.values ?? {},
      count: countWords(found.count, asked),
      isFiltered: isFiltered(asked),
      isEmpty: found.count === 0 && !isFiltered(asked),
      asked: { ...asked, q: asked.q ?? '' },
      choices: {
        sources: choicesOf(
          'Any source',
          found.sources.map(({ id, name }) => ({ value: id, label: name })),
        ),
        segments: choicesOf(
          'Any segment',
          found.segments.map(({ key, name }) => ({ value: key, label: name })),
        ),
        lifecycles: choicesOf(
          'Any lifecycle',
          LIFECYCLES.map((cell) => ({ value: cell, label: lifecycleName(cell) })),
        ),
        emails: choicesOf('With or without e-mail', [
          { value: 'yes', label: 'Has an e-mail' },
          { value: 'no', label: 'Has no e-mail' },
        ]),
      },
      sorts: [
        {
          label: 'Last heard of',
          href: addressOf({ ...asked, sort: 'seen', after: undefined }),
          isCurrent: asked.sort === 'seen',
        },
        {
          label: 'Net revenue',
          href: addressOf({ ...asked, sort: 'revenue', after: undefined }),
          isCurrent: asked.sort === 'revenue',
        },
      ],
      rows: shown.map((row) => personRow(row, eyes)),
      next:
        !asked.q && found.rows.length > limit
          ? addressOf({ ...asked, after: keyOf(shown.at(-1)!, asked.sort) })
          : null,
      first: asked.after ? addressOf({ ...asked, after: undefined }) : null,
      canSave: user.role !== 'viewer' && isFiltered(asked) && shown.length > 0,
      tooShort: asked.q !== undefined && asked.q !== '' && asked.q.length < MIN_SEARCH,
    },
  };
}

type Found = { count: number; rows: PersonRow[] };
/** What is remembered names nobody: whoever was erased since is not found again. */
type Remembered = { count: number; ids: string[] };

/** Everyone by when they were last heard of is served by an index; whoever else is asked for may lie anywhere. */
async function findPeople(request: PageContext, asked: Query): Promise<Found | null> {
  const { pipeline, web, workspace } = request;
  const isQuick = !isFiltered(asked) && asked.sort === 'seen';
  if (isQuick) return await withWorkspace(web, workspace.id, async (scope) => await listFound(scope, asked));
  const { value } = asked.q
    ? await search({ web: pipeline, workspace }, { q: asked.q })
    : await filter(request, asked);
  return value && { count: value.count, rows: await loadInOrder(request, value.ids) };
}

const filter = workedOut(async (scope, asked: Query) => remembered(await listFound(scope, asked)));

/** On the pipeline's connection, for its index. */
const search = workedOut(async ({ db, workspace }, { q }: { q: string }) => {
  const rows = q.length < MIN_SEARCH ? [] : await searchPeople(db, workspace.id, q, LIMITS.rowsPerPage);
  return remembered({ count: rows.length, rows });
});

async function listFound({ db, workspace }: Scope, asked: Query): Promise<Found> {
  return {
    count: await countPeople(db, workspace.id, asked, COUNT_CAP),
    rows: await listPeople(db, workspace.id, {
      ...asked,
      limit: LIMITS.rowsPerPage + 1,
    } satisfies PeopleWish),
  };
}

function remembered({ count, rows }: Found): Remembered {
  return { count, ids: rows.map(({ id }) => id) };
}

async function loadInOrder({ web, workspace }: PageContext, ids: string[]): Promise<PersonRow[]> {
  const rows = await withWorkspace(web, workspace.id, ({ db }) => loadPeople(db, workspace.id, ids));
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => known.get(id) ?? []);
}

function choicesOf(none: string, choices: { value: string; label: string }[]) {
  return [{ value: '', label: none }, ...choices];
}

function isFiltered({ q, segment, source, lifecycle, email }: Query): boolean {
  return Boolean(q || segment || source || lifecycle || email);
}

function countWords(count: number, asked: Query): string {
  if (asked.q) return `Matches for “${asked.q}”, at most ${LIMITS.rowsPerPage}`;
  const people = count === 1 ? 'person' : 'people';
  const number = count >= COUNT_CAP ? `More than ${formatNumber(COUNT_CAP - 1)}` : formatNumber(count);
  return isFiltered(asked) ? `${number} ${people} match` : `${number} ${people}`;
}

function keyOf(row: PersonRow, sort: Query['sort']): { value: string; id: string } {
  return { value: sort === 'seen' ? (row.lastSeenAt?.toISOString() ?? '') : row.netRevenue, id: row.id };
}

function addressOf({ after, ...asked }: Query): string {
  const parts = Object.entries(asked).filter(
    ([key, value]) => value && !(key === 'sort' && value === 'seen'),
  );
  const search = new URLSearchParams(parts.map(([key, value]) => [key, String(value)]));
  if (after) search.set('after', `${after.value}_${after.id}`);
  return search.size > 0 ? `/people?${search}` : '/people';
}
