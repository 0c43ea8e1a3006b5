import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { findBarriers, openBrowser, openPage } from './browser.ts';

test('a real browser opens a page under a strict policy, and axe finds what is wrong with it', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.setHeader('content-security-policy', "default-src 'none'");
    response.end(
      '<!doctype html><html><head><title>Tea</title></head><body><main><h1>Tea</h1><input></main></body></html>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => server.close());
  const page = await openPage(await openBrowser());
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await page.innerText('h1')).toBe('Tea');
  const barriers = (await findBarriers(page)).map((line) => line.split(':')[0]);
  expect(barriers).toContain('html-has-lang');
  expect(barriers).toContain('label');
});
