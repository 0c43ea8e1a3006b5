import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import type { Target } from './addresses.ts';

export type Sending = {
  url: URL;
  target: Target;
  method: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
  idleMs: number;
  maxBytes: number;
  signal: AbortSignal;
};

export type Received = { status: number; headers: Record<string, string>; body: Buffer };
/** `body` comes as it is read; whoever stops before its end closes the connection. */
export type Receiving = { status: number; headers: Record<string, string>; body: AsyncGenerator<Buffer> };

/** The other side did not keep to the rules of the wire; `what` completes "example.com …". */
export class WireFault extends Error {
  override name = 'WireFault';
  readonly isTooLarge: boolean;

  constructor(what: string, options?: ErrorOptions & { isTooLarge?: boolean }) {
    super(what, options);
    this.isTooLarge = options?.isTooLarge ?? false;
  }
}

// Idle sockets are let go after five seconds: less than the keep-alive of common servers, so that a request
// seldom meets a connection the other side is just closing.
const agents = {
  'http:': new http.Agent({ keepAlive: true, timeout: 5_000 }),
  'https:': new https.Agent({ keepAlive: true, timeout: 5_000 }),
};

/** One request and its answer, redirects not followed. Connects to the resolved address, not to the name. */
export async function exchange(sending: Sending): Promise<Received> {
  const { body, ...head } = await exchangeStreaming(sending);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { ...head, body: Buffer.concat(chunks) };
}

/** The same without holding the answer in memory. */
export async function exchangeStreaming(sending: Sending): Promise<Receiving> {
  const response = await send(sending);
  const body = readBody(response, sending);
  return { status: response.statusCode ?? 0, headers: flatten(response.headers), body };
}

function send({
  url,
  target,
  method,
  headers,
  body,
  idleMs,
  signal,
}: Sending): Promise<http.IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const options: https.RequestOptions = {
    agent: isSecure ? agents['https:'] : agents['http:'],
    host: target.address,
    family: target.family,
    port: target.port,
    path: url.pathname + url.search,
    method,
    headers: { host: url.host, ...headers, ...(body ? { 'content-length': String(body.byteLength) } : {}) },
    signal,
    ...(isSecure && !isIP(target.host) ? { servername: target.host } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(options);
    request.setTimeout(idleMs, () => request.destroy(silence(idleMs)));
    request.once('response', (response) => {
      // From here on silence is measured where the body is read.
      request.setTimeout(0);
      resolve(response);
    });
    request.on('error', (cause) => reject(asFault(cause, signal)));
    request.end(body);
  });
}

async function* readBody(response: http.IncomingMessage, sending: Sending): AsyncGenerator<Buffer> {
  const { maxBytes, idleMs, signal } = sending;
  const silent = watchSilence(response, idleMs);
  let size = 0;
  try {
    for await (const chunk of unpack(response) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes)
        throw new WireFault(`sent more than ${Math.round(maxBytes / 1e6)} MB`, { isTooLarge: true });
      // While the chunk is worked on it is we who are silent.
      silent.stop();
      yield chunk;
      silent.start();
    }
  } catch (cause) {
    throw asFault(cause, signal);
  } finally {
    silent.stop();
    if (!response.complete) response.destroy();
  }
}

function watchSilence(response: http.IncomingMessage, idleMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  const start = () => {
    stop();
    timer = setTimeout(() => response.destroy(silence(idleMs)), idleMs);
  };
  start();
  return { start, stop };
}

function silence(idleMs: number): WireFault {
  return new WireFault(`was silent for ${idleMs / 1000} seconds`);
}

function unpack(response: http.IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decoder = decoders[encoding]?.();
  if (!decoder) return response;
  response.once('error', (cause) => decoder.destroy(cause));
  return response.pipe(decoder);
}

/** Larger than usual: each piece is a turn of the event loop. */
const PIECES = { chunkSize: 256 * 1024 };

const decoders: Record<string, () => zlib.Gunzip | zlib.BrotliDecompress | zlib.Inflate> = {
  gzip: () => zlib.createGunzip(PIECES),
  'x-gzip': () => zlib.createGunzip(PIECES),
  deflate: () => zlib.createInflate(PIECES),
  br: () => zlib.createBrotliDecompress(PIECES),
};

function asFault(cause: unknown, signal: AbortSignal): WireFault {
  if (cause instanceof WireFault) return cause;
  if (signal.aborted) return new WireFault('did not finish its answer in time', { cause });
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new WireFault(sentences[code] ?? 'broke off the conversation', { cause });
}

const sentences: Record<string, string> = {
  ECONNREFUSED: 'refused the connection',
  ETIMEDOUT: 'could not be reached',
  EHOSTUNREACH: 'could not be reached',
  ENETUNREACH: 'could not be reached',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate nobody vouches for',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate nobody vouches for',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate nobody vouches for',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate made out to another name',
};

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(pairs);
}
