import path from 'node:path';
import { z } from 'zod';
import { backUp } from '../../db/backup.ts';
import { restore } from '../../db/restore.ts';
import { command } from '../command.ts';

const folder = z.string().min(1);

export const commands = [
  command({
    name: 'backup',
    about: 'copies every table as of one instant into an empty folder, without the keys',
    options: z.object({ to: folder }),
    run: async ({ database }, { to }) => {
      const written = await backUp(database.url, path.resolve(to));
      return {
        to: path.resolve(to),
        tables: written.tables.length,
        rows: sum(written.tables),
        createdAt: written.createdAt,
      };
    },
  }),
  command({
    name: 'restore',
    about: 'reads a backup into a database that holds nothing yet',
    options: z.object({ from: folder }),
    run: async ({ database }, { from }) => {
      const { manifest, rows, isKeyMissing } = await restore(database.url, path.resolve(from));
      return {
        from: path.resolve(from),
        tables: manifest.tables.length,
        rows,
        createdAt: manifest.createdAt,
        isKeyMissing,
        message: aboutKey(isKeyMissing),
      };
    },
  }),
];

function sum(tables: { rows: number }[]): number {
  return tables.reduce((total, table) => total + table.rows, 0);
}

function aboutKey(isKeyMissing: boolean): string {
  return isKeyMissing
    ? 'Everything is back but the key: the credentials of sources do not open, and links in messages already sent do not ' +
        'work, until SECRET_KEY (or DATA_DIR/secret-key) is the one the backup was made with.'
    : 'Everything is back, and the key is the one the backup was made with.';
}
