import { createHash } from 'node:crypto';
import { z } from 'zod';
import { configureSecrets } from '../../../src/base/secrets.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { closeDatabase, openDatabase } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';

/** One sync in a process of its own, so that a test can kill it. Prints what it brought. */
const env = z
  .object({
    CHILD_DATABASE: z.string(),
    CHILD_WORKSPACE: z.string(),
    CHILD_SOURCE: z.string(),
    CHILD_ALLOW: z.string(),
    CHILD_FULL: z.string(),
  })
  .parse(process.env);

// The key of tests/setup/database.ts, with which the parent sealed the settings.
configureSecrets(createHash('sha256').update('the key of the tests').digest());
await loadConnectors();
configureConnections({ allow: [env.CHILD_ALLOW] });
const database = openDatabase(env.CHILD_DATABASE, { max: 4 });
const result = await syncSource(database, env.CHILD_WORKSPACE, env.CHILD_SOURCE, {
  trigger: 'command',
  full: env.CHILD_FULL === 'yes',
});
process.stdout.write(JSON.stringify(result));
await closeDatabase(database);
