import { z } from 'zod';
import { closeDatabase, openDatabase } from '../../../src/db/pool.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';

/** One refresh in a process of its own, so that a test can kill it. */
const env = z
  .object({
    CHILD_DATABASE: z.string(),
    CHILD_WORKSPACE: z.uuid(),
    CHILD_AS_OF: z.string(),
    CHILD_FULL: z.string(),
  })
  .parse(process.env);

const database = openDatabase(env.CHILD_DATABASE);
process.stdout.write('begins\n');
await refreshWorkspace(database, env.CHILD_WORKSPACE, {
  trigger: 'test',
  asOf: new Date(env.CHILD_AS_OF),
  full: env.CHILD_FULL === 'yes',
});
await closeDatabase(database);
