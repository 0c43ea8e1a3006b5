import { createHash } from 'node:crypto';
import { readConfig } from '../../../src/base/config.ts';
import { configureSecrets } from '../../../src/base/secrets.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { closeDatabase, openDatabase } from '../../../src/db/pool.ts';
import { sendDue } from '../../../src/flow/send/sender.ts';

/** A sender of its own process, so that it can be killed: node sender-process.ts <database> <workspace> <smtp>. */
const [url = '', workspaceId = '', smtpUrl = ''] = process.argv.slice(2);
configureSecrets(createHash('sha256').update('the key of the tests').digest());
await loadConnectors();
const database = openDatabase(url);
const config = readConfig({ BASE_URL: 'http://localhost:3000', SMTP_URL: smtpUrl });
process.stdout.write(`${JSON.stringify(await sendDue(database, { workspaceId, config }))}\n`);
await closeDatabase(database);
