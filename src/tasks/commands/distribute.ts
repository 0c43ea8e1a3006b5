import { z } from 'zod';
import { distributeTables } from '../../db/distribute.ts';
import { command } from '../command.ts';

export const commands = [
  command({
    name: 'distribute',
    about: 'spreads the tables over a Citus cluster; on plain PostgreSQL it does nothing',
    options: z.object({}),
    run: async ({ database }) => {
      const tables = await distributeTables(database.url);
      return tables === null
        ? { tables: [], message: 'This is a plain PostgreSQL: nothing to distribute.' }
        : { tables, message: `${tables.length} tables were distributed.` };
    },
  }),
];
