import { setTimeout as sleep } from 'node:timers/promises';
import { resolveTarget } from './addresses.ts';
import { ConnectorError } from './errors.ts';
import {
  exchange,
  exchangeStreaming,
  type Received,
  type Receiving,
  type Sending,
  WireFault,
} from './exchange.ts';
import { readJson } from './json.ts';
import { readLines } from './lines.ts';
import { judge, type Verdict } from './verdicts.ts';

/** The guarded door out: private addresses refused, sizes and times limited, the connection's budget kept. */
export type Http = {
  (request: HttpRequest): Promise<HttpAnswer>;
  /**
   * The lines of a long text, as they come: memory stays flat however long it is. One try, since what was read is
   * with the caller; a fault is a ConnectorError like any other, and the caller begins again behind what it has.
   */
  lines: (request: Pick<HttpRequest, 'url' | 'headers'>) => AsyncGenerator<string>;
};

export type HttpRequest = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  /** Sent as JSON with its content type. */
  json?: unknown;
  body?: string | Uint8Array;
  timeoutMs?: number;
  /** Statuses outside 2xx that are an answer to the caller and no error. */
  expect?: number[];
  /** Where a vendor means something else than the standard does: its own reading of an answer. */
  classify?: (answer: HttpAnswer) => Verdict | undefined;
  /** May be sent again after a fault of the network. By default everything but POST and PATCH. */
  isRepeatable?: boolean;
};

/** `status` is 2xx, or one the caller listed as expected; anything else was thrown as ConnectorError. */
export type HttpAnswer = {
  status: number;
  headers: Record<string, string>;
  text: string;
  /** The body as it came, for what is no UTF-8 text: compressed files, feeds in other encodings. */
  bytes: Buffer;
  /** Parses the body; throws a retryable ConnectorError in plain words when it is not JSON. */
  json: () => unknown;
};

export type HttpOptions = {
  /** Hosts that may lie in a private network: `host` or `host:port`. */
  allow: string[];
  maxBytes?: number;
  /** One try with its redirects, from the first byte to the last. */
  timeoutMs?: number;
  /** Silence on the wire. */
  idleMs?: number;
  tries?: number;
  /** How long a request may wait between tries, all in all; longer waits are the schedule's. */
  patienceMs?: number;
  /** Ports open to public hosts. */
  ports?: number[];
  wait?: (ms: number) => Promise<unknown>;
  /** Told whenever the other side says how long to wait, so that others may keep to it too. */
  noteWait?: (ms: number) => Promise<unknown>;
};

const defaults = {
  maxBytes: 20e6,
  timeoutMs: 60_000,
  idleMs: 10_000,
  tries: 4,
  patienceMs: 30_000,
  ports: [80, 443],
  wait: (ms: number): Promise<unknown> => sleep(ms),
  noteWait: async (_ms: number): Promise<unknown> => undefined,
};
/** A whole shop in lines: far more than one answer may have, and still an end. */
const STREAM = { maxBytes: 20e9, timeoutMs: 2 * 60 * 60_000 };
const MAX_REDIRECTS = 3;
const FIRST_PAUSE_MS = 500;

type Limits = Required<HttpOptions>;

export function createHttp(options: HttpOptions): Http {
  const limits: Limits = { ...defaults, ...options };
  return Object.assign((request: HttpRequest) => askPatiently(request, limits), {
    lines: (request: Pick<HttpRequest, 'url' | 'headers'>) => streamLines(request, limits),
  });
}

async function* streamLines(request: HttpRequest, limits: Limits): AsyncGenerator<string> {
  const host = hostOf(request.url);
  try {
    const { body, ...head } = await followRedirects(request, { ...limits, ...STREAM }, exchangeText);
    const error = judge(request, answerOf({ ...head, body: Buffer.alloc(0) }, host), host);
    if (error?.retryAfterMs) await limits.noteWait(error.retryAfterMs);
    if (error) throw error;
    yield* readLines(body, limits.maxBytes);
  } catch (cause) {
    throw cause instanceof WireFault ? faultOf(cause, request, host).error : cause;
  }
}

/** What stands in a redirect or a refusal is not read: its connection is let go. */
async function exchangeText(sending: Sending): Promise<Receiving> {
  const received = await exchangeStreaming(sending);
  if (received.status >= 300) for await (const _chunk of received.body) break;
  return received;
}

async function askPatiently(request: HttpRequest, limits: Limits): Promise<HttpAnswer> {
  let waitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    const { answer, error, mayRepeat } = await askOnce(request, limits);
    if (answer) return answer;
    if (error.retryAfterMs) await limits.noteWait(error.retryAfterMs);
    const pauseMs = error.retryAfterMs ?? pauseBefore(attempt);
    const isSpent = attempt >= limits.tries || waitedMs + pauseMs > limits.patienceMs;
    if (!mayRepeat || isSpent) throw error;
    waitedMs += pauseMs;
    await limits.wait(pauseMs);
  }
}

/** Doubling, and anything between half and the whole of it, so that many clients do not come back at once. */
function pauseBefore(attempt: number): number {
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

type Attempt =
  | { answer: HttpAnswer; error?: undefined; mayRepeat?: undefined }
  | { answer?: undefined; error: ConnectorError; mayRepeat: boolean };

async function askOnce(request: HttpRequest, limits: Limits): Promise<Attempt> {
  const host = hostOf(request.url);
  try {
    const answer = answerOf(await followRedirects(request, limits, exchange), host);
    const error = judge(request, answer, host);
    if (!error) return { answer };
    const isUndone = answer.status === 429 || answer.status === 503;
    return { error, mayRepeat: error.retryable && (isUndone || isRepeatable(request)) };
  } catch (cause) {
    if (cause instanceof ConnectorError) return { error: cause, mayRepeat: cause.retryable };
    if (cause instanceof WireFault) return faultOf(cause, request, host);
    throw cause;
  }
}

/** An answer too large will be so again; a write whose answer was lost may have been done. */
function faultOf(fault: WireFault, request: HttpRequest, host: string): Attempt {
  const retryable = !fault.isTooLarge;
  const error = new ConnectorError(`${host} ${fault.message}.`, { retryable, cause: fault });
  return { error, mayRepeat: retryable && isRepeatable(request) };
}

async function followRedirects<Answer extends Pick<Received, 'status' | 'headers'>>(
  request: HttpRequest,
  limits: Limits,
  exchange: (sending: Sending) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(request.timeoutMs ?? limits.timeoutMs);
  const { idleMs, maxBytes } = limits;
  let { method, headers, body } = outgoing(request);
  let url = new URL(request.url);
  for (let hop = 0; ; hop++) {
    const target = await resolveTarget(url, limits.allow, limits.ports);
    const received = await exchange({ url, target, method, headers, body, idleMs, maxBytes, signal });
    const next = redirectOf(received, url);
    if (!next) return received;
    if (hop === MAX_REDIRECTS)
      throw new WireFault(`sends requests in circles (more than ${MAX_REDIRECTS} redirects)`);
    if (received.status === 303) [method, body] = ['GET', undefined];
    refuseLostBody(received.status, method, url, next);
    if (next.origin !== url.origin) headers = publicHeaders(headers);
    url = next;
  }
}

function outgoing(request: HttpRequest) {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-encoding': 'gzip, br',
    'user-agent': 'Segments',
  };
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  const given = request.json === undefined ? request.body : JSON.stringify(request.json);
  const body = typeof given === 'string' ? new TextEncoder().encode(given) : given;
  return { method: request.method ?? 'GET', headers, body } as {
    method: string;
    headers: typeof headers;
    body: typeof body;
  };
}

function redirectOf({ status, headers }: Pick<Received, 'status' | 'headers'>, from: URL): URL | null {
  const isRedirect = [301, 302, 303, 307, 308].includes(status) && headers.location;
  return isRedirect ? URL.parse(headers.location!, from) : null;
}

/** A POST that is answered with 301 or 302 would arrive elsewhere as a GET, without its body. */
function refuseLostBody(status: number, method: string, from: URL, to: URL): void {
  if (method !== 'GET' && (status === 301 || status === 302)) {
    throw new ConnectorError(`${from.host} has moved to ${to.host}. Change the address in the settings.`, {
      retryable: false,
    });
  }
}

/** What may be shown to another host: no authorization, cookie or key, whatever its header is called. */
function publicHeaders(headers: Record<string, string>): Record<string, string> {
  const open = new Set(['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => open.has(name)));
}

function answerOf({ status, headers, body }: Received, host: string): HttpAnswer {
  const text = body.toString('utf8');
  return { status, headers, text, bytes: body, json: () => readJson({ body, text, headers }, host) };
}

function isRepeatable(request: HttpRequest): boolean {
  return request.isRepeatable ?? (request.method !== 'POST' && request.method !== 'PATCH');
}

function hostOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed)
    throw new ConnectorError('The address is not a web address; it should begin with https://.', {
      retryable: false,
    });
  return parsed.host;
}
