import { afterEach, expect, test } from 'vitest';
import type { HttpRequest } from '../../../src/base/http.ts';
import { createHttp } from '../../../src/base/http.ts';
import { startHttpServer, type TestServer } from '../../setup/http-server.ts';

type Planned = { status: number; headers?: Record<string, string> } | 'reset';

let server: TestServer;
afterEach(() => server.close());

/** Answers as planned, then 200; says how long the door waited between tries. */
async function ask(plan: Planned[], request: Partial<HttpRequest> = {}) {
  let tries = 0;
  const waits: number[] = [];
  server = await startHttpServer((incoming, response) => {
    const planned = plan[tries++] ?? { status: 200 };
    if (planned === 'reset') incoming.socket.destroy();
    else response.writeHead(planned.status, planned.headers).end('{}');
  });
  const http = createHttp({ allow: [server.host], wait: async (ms) => waits.push(ms) });
  const asked = http({ url: server.url, ...request });
  const outcome = await asked.catch((error: unknown) => error);
  return { outcome, waits, tries: () => tries };
}

test('two faults of the vendor are outlived, with growing pauses', async () => {
  const { outcome, waits } = await ask([{ status: 500 }, { status: 502 }]);
  expect(outcome).toMatchObject({ status: 200 });
  expect(waits).toHaveLength(2);
  expect(waits[0]).toBeGreaterThanOrEqual(250);
  expect(waits[1]).toBeGreaterThanOrEqual(500);
});

test('Retry-After is obeyed in seconds and as a date', async () => {
  const date = new Date();
  const later = new Date(date.getTime() + 7_000);
  const { waits } = await ask([
    { status: 429, headers: { 'retry-after': '3' } },
    { status: 503, headers: { 'retry-after': later.toUTCString(), date: date.toUTCString() } },
  ]);
  expect(waits).toEqual([3_000, 7_000]);
});

test('a vendor who wants a long rest is left to the schedule, with the time it named', async () => {
  const { outcome, waits } = await ask([{ status: 429, headers: { 'retry-after': '3600' } }]);
  expect(outcome).toMatchObject({ retryable: true, retryAfterMs: 3_600_000 });
  expect(waits).toEqual([]);
});

test('a vendor who is down for good is given up after a few tries', async () => {
  const { outcome, tries } = await ask(Array(9).fill({ status: 503 }));
  expect(outcome).toMatchObject({ name: 'ConnectorError', retryable: true });
  expect(tries()).toBe(4);
});

test('a broken connection is tried again for reading, never for a write that may have been done', async () => {
  const read = await ask(['reset']);
  expect(read.outcome).toMatchObject({ status: 200 });
  await server.close();
  const write = await ask(['reset'], { method: 'POST', json: {} });
  expect(write.outcome).toMatchObject({ name: 'ConnectorError', retryable: true });
  expect(write.tries()).toBe(1);
});

test.each([401, 403])('%i asks a person to reconnect and is not tried again', async (status) => {
  const { outcome, tries } = await ask([{ status }]);
  expect(outcome).toMatchObject({ needsReconnect: true, retryable: false });
  expect(tries()).toBe(1);
});

test('another refusal is final, unless the caller expects it', async () => {
  const refused = await ask([{ status: 422 }]);
  expect(refused.outcome).toMatchObject({ name: 'ConnectorError', retryable: false, needsReconnect: false });
  await server.close();
  const expected = await ask([{ status: 404 }], { expect: [404] });
  expect(expected.outcome).toMatchObject({ status: 404 });
});

test("a vendor's own reading of an answer goes before the standard's", async () => {
  const { outcome, waits } = await ask([{ status: 400 }], {
    classify: ({ status }) => (status === 400 ? { outcome: 'retry', retryAfterMs: 60 } : undefined),
  });
  expect(outcome).toMatchObject({ status: 200 });
  expect(waits).toEqual([60]);
});
