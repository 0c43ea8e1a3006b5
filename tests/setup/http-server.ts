import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type TestServer = {
  url: string;
  host: string;
  port: number;
  connections: () => number;
  close: () => Promise<void>;
};

/** A plain server on loopback that counts who came. */
export async function startHttpServer(listener: RequestListener, address = '127.0.0.1'): Promise<TestServer> {
  const server = createServer(listener);
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return {
    url: `http://${host}`,
    host,
    port,
    connections: () => connections,
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
