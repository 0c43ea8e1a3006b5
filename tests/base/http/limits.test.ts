import type { ServerResponse } from 'node:http';
import zlib from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createHttp, type HttpOptions } from '../../../src/base/http.ts';
import { startHttpServer, type TestServer } from '../../setup/http-server.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

async function ask(options: Partial<HttpOptions>, answer: (response: ServerResponse) => void) {
  server = await startHttpServer((_request, response) => answer(response));
  const http = createHttp({ allow: [server.host], tries: 1, ...options });
  return await http({ url: server.url });
}

test('a packed answer is unpacked', async () => {
  const packed = {
    gzip: zlib.gzipSync('{"a":1}'),
    br: zlib.brotliCompressSync('{"a":1}'),
    deflate: zlib.deflateSync('{"a":1}'),
  };
  for (const [encoding, bytes] of Object.entries(packed)) {
    const answer = await ask({}, (response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes),
    );
    expect(answer.json()).toEqual({ a: 1 });
    await server?.close();
  }
});

test('300 MB hidden in a small packed answer are not unpacked', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(300e6));
  const before = process.memoryUsage().rss;
  const asked = ask({}, (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
  await expect(asked).rejects.toMatchObject({
    message: expect.stringContaining('more than 20 MB'),
    retryable: false,
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});

test('an answer that drips is given up when its time is over, though it never falls silent', async () => {
  let drip: NodeJS.Timeout | undefined;
  const asked = ask({ timeoutMs: 1_500, idleMs: 1_000 }, (response) => {
    drip = setInterval(() => response.write('x'), 20);
  });
  await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('in time'), retryable: true });
  clearInterval(drip);
});

test('a silent server is given up, before its answer and in the middle of it', async () => {
  await expect(ask({ idleMs: 100 }, () => {})).rejects.toThrow('silent for 0.1 seconds');
  await server?.close();
  await expect(ask({ idleMs: 100 }, (response) => response.write('{'))).rejects.toThrow(
    'silent for 0.1 seconds',
  );
});

test('an answer cut short is a fault that may pass, packed or not', async () => {
  const short = (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"a":');
    setTimeout(() => response.destroy(), 20);
  };
  await expect(ask({}, short)).rejects.toMatchObject({
    message: expect.stringContaining('broke off'),
    retryable: true,
  });
  await server?.close();
  const packed = zlib.gzipSync('x'.repeat(1000)).subarray(0, 20);
  const asked = ask({}, (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
  await expect(asked).rejects.toMatchObject({
    message: expect.stringContaining('broke off'),
    retryable: true,
  });
});

test('a web page in place of data is named as one', async () => {
  const answer = await ask({}, (response) =>
    response.end('<!doctype html><title>Checking your browser</title>'),
  );
  expect(() => answer.json()).toThrow('a web page instead of data');
  await server?.close();
  const garbage = await ask({}, (response) => response.end('{"a":'));
  expect(() => garbage.json()).toThrow('something unreadable');
});
