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
    worksLocked: true,
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
    worksLocked: true,
    run: async ({ database }, { from }) => {
      const { manifest, rows, isKeyMissing } = await restore(database.url, path.resolve(from));
      return {
        from: path.resolve(from),
        tables: manifest.tables.length,
        rows,
        createdAt: manifest.createdAt,
        isKeyMissing,
        message: aboutKey(isKeyMissing, manifest.key),
      };
    },
  }),
];

function sum(tables: { rows: number }[]): number {
  return tables.reduce((total, table) => total + table.rows, 0);
}

function aboutKey(isKeyMissing: boolean, name: string): string {
  const again = 'If the product runs on this database already, start it again.';
  return isKeyMissing
    ? `Everything is back but the key, named ${name}: the product does not start on this database until SECRET_KEY ` +
        '(or DATA_DIR/secret-key), or SECRET_KEY_PREVIOUS beside a new key, is the one the backup was made with.'
    : `Everything is back, and the key is the one the backup was made with. ${again}`;
}
