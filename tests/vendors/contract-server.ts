import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readRequest } from '../../src/demo/vendors/server.ts';
import { bodyOf, type Vendor, type VendorAnswer, type VendorRequest } from '../../src/demo/vendors/wire.ts';
import type { Spec } from './spec.ts';

/**
 * What goes wrong with one request. `repeat` gives the answer before once more, `empty` the right answer with
 * nothing in its lists.
 */
export type Fault =
  | 'none'
  | 'reset'
  | 'timeout'
  | 'truncated'
  | 'garbage'
  | 'html'
  | 'repeat'
  | 'empty'
  | VendorAnswer;

export type ContractServer = {
  url: string;
  host: string;
  port: number;
  /** What was asked, in order. */
  requests: VendorRequest[];
  /** Where a request or an answer was not as the vendor describes it. A test expects none. */
  violations: string[];
  /** Faults for the coming requests, one each; after them all is well. */
  plan: (...faults: Fault[]) => void;
  /** Rows that no list shows from now on, though the vendor counts them; null is none. */
  lose: (isLost: ((row: Row) => boolean) | null) => void;
  close: () => Promise<void>;
};

type Row = Record<string, unknown>;

/** Serves a vendor on loopback and holds both sides to the vendor's description. */
export async function startContractServer(vendor: Vendor, spec?: Spec | undefined): Promise<ContractServer> {
  const requests: VendorRequest[] = [];
  const violations: string[] = [];
  const planned: Fault[] = [];
  let isLost: ((row: Row) => boolean) | null = null;
  let last: VendorAnswer = { status: 200, json: {} };
  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming);
    requests.push(request);
    violations.push(...(spec?.faultsOfRequest(request) ?? []));
    const right = withoutLost(vendor(request), isLost);
    violations.push(...(spec?.faultsOfAnswer(request, right) ?? []));
    give(response, planned.shift() ?? 'none', { right, last });
    last = right;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://${host}`,
    host,
    port,
    requests,
    violations,
    plan: (...faults) => planned.push(...faults),
    lose: (lost) => {
      isLost = lost;
    },
    close,
  };
}

function give(
  response: ServerResponse,
  fault: Fault,
  { right, last }: { right: VendorAnswer; last: VendorAnswer },
): void {
  if (fault === 'timeout') return;
  if (fault === 'reset') response.destroy();
  else if (fault === 'truncated') cutShort(response, right);
  else if (fault === 'garbage')
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": [}');
  else if (fault === 'html')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>One moment</title>');
  else if (fault === 'repeat') send(response, last);
  else if (fault === 'empty') send(response, { ...right, json: withoutRows(right.json) });
  else send(response, fault === 'none' ? right : fault);
}

function send(response: ServerResponse, answer: VendorAnswer): void {
  response
    .writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
    .end(bodyOf(answer));
}

function cutShort(response: ServerResponse, answer: VendorAnswer): void {
  const body = bodyOf(answer);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.write(body.slice(0, body.length / 2), () => response.destroy());
}

function withoutLost(answer: VendorAnswer, isLost: ((row: Row) => boolean) | null): VendorAnswer {
  const isShown = (one: unknown) => typeof one !== 'object' || one === null || !isLost?.({ ...one });
  const strip = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.filter(isShown).map(strip);
    if (typeof json !== 'object' || json === null) return json;
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, strip(value)]));
  };
  return isLost && answer.json !== undefined ? { ...answer, json: strip(answer.json) } : answer;
}

function withoutRows(json: unknown): unknown {
  if (Array.isArray(json)) return [];
  const entries = Object.entries(json ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? [] : value]));
}
