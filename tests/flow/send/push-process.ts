import { createHash } from 'node:crypto';
import { configureSecrets } from '../../../src/base/secrets.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { closeDatabase, openDatabase } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { pushDestination } from '../../../src/flow/send/push.ts';

/** A push in a process of its own, so that it can be killed: node push-process.ts <database> <workspace> <destination> <host>. */
const [url = '', workspaceId = '', destinationId = '', host = ''] = process.argv.slice(2);
configureSecrets(createHash('sha256').update('the key of the tests').digest());
await loadConnectors();
configureConnections({ allow: [host], tries: 1 });
const database = openDatabase(url);
process.stdout.write(`${JSON.stringify(await pushDestination(database, { workspaceId, destinationId }))}\n`);
await closeDatabase(database);
