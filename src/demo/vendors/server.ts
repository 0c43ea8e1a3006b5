import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf, type Vendor, type VendorAnswer, type VendorRequest } from './wire.ts';

export type VendorServer = { port: number; close: () => Promise<void> };

/** Answers as several vendors on one loopback port, each under its name: `/mailchimp/3.0/lists`. */
export async function startVendorServer(vendors: Record<string, Vendor>, port = 0): Promise<VendorServer> {
  const server = createServer((incoming, response) => {
    answer(incoming, vendors).then(
      (given) =>
        response
          .writeHead(given.status, { 'content-type': 'application/json', ...given.headers })
          .end(bodyOf(given)),
      (cause) => response.destroy(cause),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // The demo's vendors keep no process alive that has nothing else to do.
  server.unref();
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

/** The request as vendors see it. */
export async function readRequest(incoming: IncomingMessage): Promise<VendorRequest> {
  const url = new URL(incoming.url ?? '/', 'http://vendor');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value ?? '')]),
  );
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString(),
  };
}

async function answer(incoming: IncomingMessage, vendors: Record<string, Vendor>): Promise<VendorAnswer> {
  const request = await readRequest(incoming);
  const [, name = '', ...rest] = request.path.split('/');
  const vendor = vendors[name];
  return vendor ? vendor({ ...request, path: `/${rest.join('/')}` }) : { status: 404, json: {} };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
