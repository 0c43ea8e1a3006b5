import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { newId } from '../../../db/ids.ts';
import { choosePeople, replacePeople } from '../../../flow/segment/choices.ts';
import { readColumn } from '../../../flow/segment/list-file.ts';
import type { ListKey } from '../../../flow/segment/list-people.sql.ts';
import { createList, type Matched, matchRows } from '../../../flow/segment/lists.ts';
import { getSegment } from '../../../flow/segment/segments.ts';
import { collectPeople } from '../../../reports/people-found.ts';
import { uploadPath } from '../../../tasks/importing.ts';
import { audit } from '../../audit.ts';
import { plural } from '../../models/format.ts';
import { type PageContext, page, type Rejected, type UploadedFile } from '../../page.ts';
import { drawPeople, peopleFilter, peopleQuery } from '../people/index.ts';
import { drawByHand } from './by-hand.ts';
import { answerMatched, restWords } from './matched.ts';

const name = z.string().trim().min(1, 'Give the list a name.').max(200);
const note = z
  .string()
  .trim()
  .max(500)
  .transform((text) => text || null);
const kind = z.union([
  z.enum(['any', 'profile', 'email', 'user_id', 'phone']),
  z.templateLiteral(['source:', z.guid()]),
]);

export const newList = page({ handle: () => drawNewList(null) });

/** An empty list; its own page takes people by hand, pasted or from a file. */
export const createListPage = page({
  body: z.strictObject({ name, description: note.optional() }),
  handle: async (request) => {
    const { description = null } = request.body;
    const wish = { name: request.body.name, description, userId: request.user.id };
    const list = await withWorkspace(
      request.web,
      request.workspace.id,
      async ({ db, workspace }) => await createList(db, workspace, wish),
    );
    await audit(request, 'list.created', { subject: list.key });
    return { redirect: `/segments/${list.key}/by-hand`, flash: 'The list is made. Now say who is in it.' };
  },
  invalid: (request) => drawNewList(request),
});

/** The people of one column of a file: added to a segment, or all a list holds from now on. */
export const uploadList = page({
  params: z.strictObject({ key: z.string().max(200) }),
  takesFile: true,
  body: z.strictObject({
    mode: z.enum(['append', 'replace']),
    kind,
    column: z.string().trim().max(200).default(''),
    note: note.optional(),
  }),
  handle: async (request) => {
    const { file, params, workspace, user, body } = request;
    if (!file) throw new Invalid([{ path: 'file', message: 'Choose a file.' }]);
    const done = await withFile(request, file, async (stored) =>
      withWorkspace(request.web, workspace.id, async ({ db }) => {
        const segment = await getSegment(db, workspace.id, params.key);
        const rows = readColumn(stored, body.column);
        const matched = await matchRows(db, workspace.id, body.kind as ListKey, rows);
        const wish = {
          workspaceId: workspace.id,
          segmentKey: segment.key,
          profileIds: matched.profileIds,
          note: body.note ?? null,
          userId: user.id,
        };
        if (body.mode === 'append')
          return { segment, matched, added: await choosePeople(db, { ...wish, choice: 'in' }), removed: 0 };
        return { segment, matched, ...(await replacePeople(db, wish)) };
      }),
    );
    const counts = { people: done.matched.profileIds.length, removed: done.removed };
    await audit(request, 'list.uploaded', {
      subject: done.segment.key,
      details: { ...counts, mode: body.mode },
    });
    return answerMatched(done.segment, done.matched, saidOf(done));
  },
  invalid: async (request) => await drawByHand(request, request),
});

/** Everybody whom a search on the People page finds, as a list of their own. */
export const saveFoundPeople = page({
  body: peopleFilter.extend({ name }),
  handle: async (request) => {
    const { name: called, ...filter } = request.body;
    // Searching by text needs the pipeline's connection, which may use the index of names.
    const ids = await withWorkspace(
      request.pipeline,
      request.workspace.id,
      async ({ db }) => await collectPeople(db, request.workspace.id, filter),
    );
    if (ids.length === 0)
      throw new Invalid([{ path: 'name', message: 'Nobody is found, so there is no list to save.' }]);
    const wish = {
      name: called,
      description: 'Saved from a search on the People page.',
      userId: request.user.id,
    };
    const list = await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const made = await createList(db, workspace, wish);
      const people = { workspaceId: workspace.id, segmentKey: made.key, profileIds: ids };
      await choosePeople(db, { ...people, choice: 'in', note: null, userId: request.user.id });
      return made;
    });
    await audit(request, 'list.created', { subject: list.key, details: { people: ids.length } });
    return {
      redirect: `/segments/${list.key}/by-hand`,
      flash: `Saved ${plural(ids.length, 'person', 'people')} as a list. It is published with the next refresh.`,
    };
  },
  invalid: async (request) => {
    const { name: _name, ...filter } = request.values;
    return await drawPeople(request, peopleQuery.catch({ sort: 'seen' }).parse(filter), request);
  },
});

function drawNewList(rejected: Rejected | null) {
  return {
    view: 'segments/new-list',
    title: 'New list',
    crumbs: [{ label: 'Segments', href: '/segments' }, { label: 'New list' }],
    errors: rejected?.errors ?? {},
    model: { typed: rejected?.values ?? {} },
  };
}

/** Its name on disk is ours; it is gone when the rows are read. */
async function withFile<T>(
  request: PageContext,
  file: UploadedFile,
  work: (stored: string) => Promise<T>,
): Promise<T> {
  const stored = uploadPath(request.config, newId());
  try {
    await mkdir(path.dirname(stored), { recursive: true, mode: 0o700 });
    await pipeline(file.stream, createWriteStream(stored, { mode: 0o600 }));
    return await work(stored);
  } finally {
    await rm(stored, { force: true });
  }
}

function saidOf({ matched, added, removed }: { matched: Matched; added: number; removed: number }): string {
  const out = removed > 0 ? `, ${plural(removed, 'person', 'people')} taken out` : '';
  return `${plural(matched.profileIds.length, 'person', 'people')} found in ${plural(matched.rows, 'row')}, ${added} of them new${out}${restWords(matched)}. It is published with the next refresh.`;
}
