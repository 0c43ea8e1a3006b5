import path from 'node:path';
import { ConnectorError } from '../../base/errors.ts';
import type { PushBatch, PushOutcome, PushPerson } from '../audience.ts';
import { type Context, defineConnector } from '../contract.ts';
import { done, refuseToRemake } from '../reading/audiences.ts';
import { readHeader, rewrite, toLine } from './file.ts';
import { type CsvFolderSettings, columnsOf, settings } from './settings.ts';

type Ctx = Context<CsvFolderSettings>;

const COLUMNS = ['person', 'email', 'phone', 'firstName', 'lastName'];
const LONGEST_NAME = 60;

export default defineConnector<CsvFolderSettings>({
  key: 'csv-folder',
  name: 'CSV file in a folder',
  category: 'signups',
  summary: 'A file with the people of a segment, kept up to date in a folder of this server.',
  settings,
  // It only takes.
  streams: [],
  map: () => [],
  audience: {
    summary: 'A file with everyone in the segment, kept up to date in a folder of this server.',
    noun: 'file',
    needs: 'nothing',
    entry: 'person',
    batch: 20_000,
  },
  push,
  check: async (ctx) => `Files are written to ${folderOf(ctx)}.`,
});

/** The file always holds everyone. What was written twice is there once: a line is known by its person. */
async function push(ctx: Ctx, batch: PushBatch): Promise<PushOutcome[]> {
  const { adds, removes, there } = batch;
  const file = path.join(folderOf(ctx), nameOf(batch));
  const columns = [...COLUMNS, ...columnsOf(ctx.settings.traits)];
  const header = toLine(columns);
  const kept = await orWords(() => findHeader(file));
  if (kept === null && adds.length === 0) return done(removes);
  if (kept === null) refuseToRemake(batch, 'file', 'its place');
  if (kept !== null && kept !== header && there > 0)
    throw new ConnectorError(
      'The columns of the file were changed. Press “Send everyone again” to write it with the new ones.',
      { retryable: false },
    );
  const changed = new Set([...adds, ...removes].map(({ profileId }) => profileId));
  const keeps = kept !== null && there > 0 ? (id: string) => !changed.has(id) : null;
  await orWords(() => rewrite(file, { header, keeps, lines: adds.map((person) => lineOf(person, columns)) }));
  return done([...removes, ...adds]);
}

function lineOf({ profileId, email, phone, traits }: PushPerson, columns: string[]): string {
  const [, , , ...further] = columns;
  return toLine([profileId, email, phone, ...further.map((name) => traits[name])]);
}

/** What somebody called the audience becomes letters, digits and dashes; the key keeps two of one name apart. */
function nameOf({ audience, audienceKey }: PushBatch): string {
  const plain = audience
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const name = plain.replace(/^-+|-+$/g, '').slice(0, LONGEST_NAME) || 'segment';
  return `${name}-${audienceKey.replace(/[^a-z0-9]/g, '').slice(-8)}.csv`;
}

async function findHeader(file: string): Promise<string | null> {
  try {
    return await readHeader(file);
  } catch (error) {
    if (isFault(error) && error.code === 'ENOENT') return null;
    throw error;
  }
}

function folderOf({ folder }: Ctx): string {
  if (folder) return folder;
  throw new ConnectorError('This installation has no folder for files.', { retryable: false });
}

/** A full disk or a folder without rights is somebody's to mend. */
async function orWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
    const message = isFull
      ? 'The disk is full: the file could not be written.'
      : `The file could not be written (${cause.code}).`;
    throw new ConnectorError(message, { retryable: isFull, cause });
  }
}

function isFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
