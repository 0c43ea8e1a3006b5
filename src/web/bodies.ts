import { promisify } from 'node:util';
import zlib from 'node:zlib';
import express, { type Request, type RequestHandler } from 'express';
import { Invalid } from '../base/errors.ts';
import { LIMITS } from './limits.ts';
import { Refusal } from './refusal.ts';

type Inflate = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
const gunzip: Inflate = promisify(zlib.gunzip);
const INFLATERS: Record<string, Inflate> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
};

/** The fields of a form. `extended: false` makes no objects of `a[b]`. */
export const readForm: RequestHandler = express.urlencoded({
  extended: false,
  limit: LIMITS.formBytes,
  parameterLimit: LIMITS.formFields,
});

/**
 * The bytes as they came, whatever the sender calls them. Express' own parser refuses a compressed body that it
 * may not inflate, and inflating is ours to do: some senders compress without saying so.
 */
export function readBytes(maxBytes: number): RequestHandler {
  return async (request, _response, next) => {
    request.body = await collectBytes(request, maxBytes);
    next();
  };
}

/** Undoes the compression that the header, or the first bytes, tell of; stops at the limit, not after it. */
export async function inflateBytes(request: Request, maxBytes: number): Promise<Buffer> {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const inflate = findInflater(request.headers['content-encoding'], bytes);
  if (!inflate || bytes.length === 0) return bytes;
  try {
    return await inflate(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new Refusal(413, `The body is larger than ${maxBytes} bytes.`, { cause });
    throw new Invalid(
      [
        {
          path: '',
          message: 'The body does not unpack: it is damaged or not compressed as its header says.',
        },
      ],
      { cause },
    );
  }
}

/** `ids[]` is a list; any other field may stand once. What it is named otherwise is for the schema to say. */
export function toFields(body: unknown): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of Object.entries(body ?? {})) {
    if (name === '_csrf') continue;
    if (name.endsWith('[]')) fields[name.slice(0, -2)] = [value].flat().map(String);
    else if (Array.isArray(value)) throw new Refusal(400, `The field ${name} was sent more than once.`);
    else fields[name] = String(value);
  }
  return fields;
}

/** A parameter that stands twice means two things; neither is taken. */
export function refuseDoubles(query: Record<string, unknown>): Record<string, unknown> {
  const doubled = Object.keys(query).find((name) => Array.isArray(query[name]));
  if (doubled !== undefined) throw new Refusal(400, `The parameter ${doubled} was sent more than once.`);
  return query;
}

function findInflater(encoding: string | undefined, bytes: Buffer): Inflate | null {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name in INFLATERS) return INFLATERS[name]!;
  if (name !== 'identity' && name !== '') throw new Refusal(415, `The encoding ${name} is not understood.`);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip : null;
}

/** What is over the limit is let run out unread: the sender must be able to hear the answer. */
function collectBytes(request: Request, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else reject(new Refusal(413, `The body is larger than ${maxBytes} bytes.`));
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Refusal(400, 'The sender went away.')));
  });
}
