import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { readConfig } from '../../src/base/config.ts';
import { createApp } from '../../src/web/app.ts';
import type { TestDatabase } from './database.ts';

/** The product's web on a free port of loopback, as `npm start` would serve it. Closed after the file. */
export async function serveApp(
  { database, web }: Pick<TestDatabase, 'database' | 'web'>,
  env: Record<string, string> = {},
): Promise<{ url: string; host: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const config = readConfig({ PORT: String(port), BASE_URL: `http://${host}`, ...env });
  server.on('request', createApp({ pipeline: database, web, config }));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://${host}`, host };
}
