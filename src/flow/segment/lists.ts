import { Conflict, Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { findNamed, type ListKey } from './list-people.sql.ts';
import { createSegment, type Segment } from './segments.ts';

/** A row of a list: where it stood, and what it named somebody by. `fault`: why it cannot be read. */
export type NamedRow = { line: number; text: string; fault?: string };
/** `rows` is people, who are named once or `repeated`, and `unmatched`; `empty` ones come on top. */
export type Matched = {
  profileIds: string[];
  rows: number;
  repeated: number;
  empty: number;
  unmatched: NamedRow[];
};

/** A longer list is a source of its own, or several files. */
export const MOST_ROWS = 200_000;
const BATCH = 2_000;

/** A segment that is filled by hand: its rule is no one. */
export async function createList(
  db: Db,
  workspace: Workspace,
  wish: { name: string; description: string | null; userId: string },
): Promise<Segment> {
  const plain = wish.name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const key = `list-${plain || newId().slice(-8)}`;
  try {
    return await createSegment(db, workspace, { ...wish, key, kind: 'static', definition: { any: [] } });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    throw new Invalid(
      [{ path: 'name', message: 'There is or was a list of this name. Choose another name.' }],
      {
        cause: error,
      },
    );
  }
}

/** Who is meant by the rows of a list, a batch at a time; empty rows are none. */
export async function matchRows(
  db: Db,
  workspaceId: string,
  kind: ListKey,
  rows: AsyncIterable<NamedRow> | Iterable<NamedRow>,
): Promise<Matched> {
  const matched: Matched = { profileIds: [], rows: 0, repeated: 0, empty: 0, unmatched: [] };
  const ids = new Set<string>();
  let batch: NamedRow[] = [];
  const flush = async () => {
    const found = await findNamed(
      db,
      workspaceId,
      kind,
      batch.flatMap(({ text, fault }) => (fault ? [] : [text])),
    );
    for (const row of batch) {
      const id = row.fault ? undefined : found.get(row.text);
      if (id && ids.has(id)) matched.repeated += 1;
      else if (id) ids.add(id);
      else matched.unmatched.push(row);
    }
    matched.rows += batch.length;
    batch = [];
  };
  for await (const row of rows) {
    if (row.text.trim() === '' && !row.fault) {
      matched.empty += 1;
      continue;
    }
    if (matched.rows + batch.length >= MOST_ROWS)
      throw new Invalid([
        { path: 'file', message: `A list takes at most ${MOST_ROWS} rows at once. Split it in parts.` },
      ]);
    batch.push(row);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return { ...matched, profileIds: [...ids] };
}

/** The lines of a text that was pasted. */
export function linesOf(text: string): NamedRow[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((row) => row.text !== '');
}
