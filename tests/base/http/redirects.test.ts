import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createHttp } from '../../../src/base/http.ts';
import { startHttpServer, type TestServer } from '../../setup/http-server.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(listener: Parameters<typeof startHttpServer>[0]): Promise<TestServer> {
  const server = await startHttpServer(listener);
  servers.push(server);
  return server;
}

const redirectTo = (location: string, status = 302) =>
  start((_request, response) => response.writeHead(status, { location }).end());

test('a redirect to the inside is not followed', async () => {
  const inside = await start((_request, response) => response.end('{}'));
  const outside = await redirectTo(inside.url);
  const http = createHttp({ allow: [outside.host], ports: [80, 443, inside.port] });
  await expect(http({ url: outside.url })).rejects.toThrow('private network');
  expect(inside.connections()).toBe(0);
});

test('the key of one host is not shown to another', async () => {
  let seen: IncomingHttpHeaders = {};
  const second = await start((request, response) => {
    seen = request.headers;
    response.end('{"ok":true}');
  });
  const first = await redirectTo(`${second.url}/there`);
  const http = createHttp({ allow: [first.host, second.host] });
  const headers = {
    authorization: 'Basic c2VjcmV0',
    cookie: 'a=b',
    'api-key': 'secret',
    accept: 'text/x-mine',
  };
  expect((await http({ url: first.url, headers })).json()).toEqual({ ok: true });
  expect(seen.accept).toBe('text/x-mine');
  expect(JSON.stringify(seen)).not.toMatch(/c2VjcmV0|a=b|secret/);
});

test('the key stays with a redirect on the same host', async () => {
  const server = await start((request, response) => {
    if (request.url === '/old') response.writeHead(301, { location: '/new' }).end();
    else response.end(JSON.stringify({ authorization: request.headers.authorization }));
  });
  const http = createHttp({ allow: [server.host] });
  const answer = await http({ url: `${server.url}/old`, headers: { authorization: 'Basic x' } });
  expect(answer.json()).toEqual({ authorization: 'Basic x' });
});

test('three redirects are followed, a fourth is not', async () => {
  const server = await start((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left > 0) response.writeHead(307, { location: `/${left - 1}` }).end();
    else response.end('{}');
  });
  const http = createHttp({ allow: [server.host], tries: 1 });
  expect((await http({ url: `${server.url}/3` })).status).toBe(200);
  await expect(http({ url: `${server.url}/4` })).rejects.toThrow('circles');
});

test('a write keeps its body over a 308 and is refused over a 301', async () => {
  const server = await start((request, response) => {
    if (request.url === '/keep') response.writeHead(308, { location: '/end' }).end();
    else if (request.url === '/lose') response.writeHead(301, { location: '/end' }).end();
    else void bodyOf(request).then((body) => response.end(JSON.stringify({ method: request.method, body })));
  });
  const http = createHttp({ allow: [server.host] });
  const kept = await http({ url: `${server.url}/keep`, method: 'POST', json: { a: 1 } });
  expect(kept.json()).toEqual({ method: 'POST', body: '{"a":1}' });
  await expect(http({ url: `${server.url}/lose`, method: 'POST', json: {} })).rejects.toThrow('has moved');
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
