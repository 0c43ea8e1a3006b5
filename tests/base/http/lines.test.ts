import { afterEach, expect, test } from 'vitest';
import { createHttp, type HttpOptions } from '../../../src/base/http.ts';
import { startHttpServer, type TestServer } from '../../setup/http-server.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

async function serve(listener: Parameters<typeof startHttpServer>[0]) {
  server = await startHttpServer(listener);
  return server;
}

function open(options: Partial<HttpOptions> = {}) {
  return createHttp({ allow: [server!.host], tries: 1, ...options });
}

async function readAll(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

test('a long text comes line by line, characters cut between two pieces whole', async () => {
  const bytes = Buffer.from('{"a":"é"}\n\n{"b":"日本"}\r\n{"c":1}');
  await serve((_request, response) => {
    response.writeHead(200);
    for (const byte of bytes) response.write(Buffer.from([byte]));
    response.end();
  });
  const lines = await readAll(open().lines({ url: server!.url }));
  expect(lines.map((line) => JSON.parse(line))).toEqual([{ a: 'é' }, { b: '日本' }, { c: 1 }]);
});

test('more than one answer may have is read without holding it', async () => {
  const line = `${'x'.repeat(999)}\n`;
  await serve(async (_request, response) => {
    const block = line.repeat(1000);
    for (let sent = 0; sent < 60; sent++) {
      if (!response.write(block)) await new Promise((resolve) => response.once('drain', resolve));
    }
    response.end();
  });
  const before = process.memoryUsage().rss;
  let count = 0;
  for await (const read of open({ maxBytes: 1e6 }).lines({ url: server!.url }))
    count += read.length === 999 ? 1 : 0;
  expect(count).toBe(60_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
});

test('a line without an end is no line', async () => {
  await serve((_request, response) => {
    response.end('x'.repeat(3e6));
  });
  await expect(readAll(open({ maxBytes: 1e6 }).lines({ url: server!.url }))).rejects.toMatchObject({
    message: expect.stringContaining('a line of more than 1 MB'),
    retryable: false,
  });
});

test('a private address is not reached, neither at once nor by a redirect', async () => {
  const inside = await startHttpServer((_request, response) => {
    response.end('secret');
  });
  await serve((_request, response) => {
    response.writeHead(302, { location: inside.url }).end();
  });
  await expect(readAll(createHttp({ allow: [], tries: 1 }).lines({ url: inside.url }))).rejects.toThrow();
  await expect(readAll(open().lines({ url: server!.url }))).rejects.toThrow();
  expect(inside.connections()).toBe(0);
  await inside.close();
});

test('a redirect to an open host is followed', async () => {
  await serve((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/there' }).end('moved');
    else response.end('here');
  });
  expect(await readAll(open().lines({ url: server!.url }))).toEqual(['here']);
});

test('a refusal is said, and a text that breaks off or falls silent is a fault that may pass', async () => {
  await serve((request, response) => {
    if (request.url === '/gone') response.writeHead(404).end('no');
    else {
      response.writeHead(200, { 'content-length': '1000' }).write('one\ntwo\n');
      if (request.url === '/cut') setTimeout(() => response.destroy(), 20);
    }
  });
  const read = (path: string) => readAll(open({ idleMs: 100 }).lines({ url: `${server!.url}${path}` }));
  await expect(read('/gone')).rejects.toMatchObject({ retryable: false });
  await expect(read('/cut')).rejects.toMatchObject({
    message: expect.stringContaining('broke off'),
    retryable: true,
  });
  await expect(read('/silent')).rejects.toMatchObject({
    message: expect.stringContaining('silent'),
    retryable: true,
  });
});

test('a reader who takes longer than the silence allowed is not taken for a silent server', async () => {
  await serve((_request, response) => {
    response.write('one\n');
    setTimeout(() => response.end('two\n'), 30);
  });
  const lines: string[] = [];
  for await (const line of open({ idleMs: 100 }).lines({ url: server!.url })) {
    lines.push(line);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect(lines).toEqual(['one', 'two']);
});

test('who stops reading closes the connection', async () => {
  const closed = Promise.withResolvers<void>();
  await serve((_request, response) => {
    response.once('close', () => closed.resolve());
    response.write('one\ntwo\n');
  });
  for await (const line of open().lines({ url: server!.url })) if (line === 'one') break;
  await closed.promise;
});
