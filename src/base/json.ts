import { isUtf8 } from 'node:buffer';
import { ConnectorError } from './errors.ts';

type Body = { body: Buffer; text: string; headers: Record<string, string> };

/** The JSON of an answer; a ConnectorError in plain words where it is none. `text` is the body read as UTF-8. */
export function readJson(given: Body, host: string): unknown {
  const text = decode(given, host);
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (cause) {
    const what = /^\s*</.test(text) ? 'a web page' : 'something unreadable';
    const message = `${host} answered with ${what} instead of data; often a login, maintenance or protection page stands in between.`;
    throw new ConnectorError(message, { retryable: true, cause });
  }
}

/** Text in an encoding that is named, and no other: letters guessed wrongly would be kept for ever. */
function decode({ body, text, headers }: Body, host: string): string {
  if (isUtf8(body)) return text;
  const charset = /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body);
  } catch (cause) {
    const message = `${host} answered with letters in another encoding than it says, so nothing of it was taken.`;
    throw new ConnectorError(message, { retryable: true, cause });
  }
}

/** Whole numbers that a computer would round stay text: they are ids, and two of them must not become one. */
const LONG_NUMBER = /[:[,]\s*-?\d{16,}\s*[,}\]]/;

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded && /^-?\d+$/.test(context?.source ?? '') ? context!.source : value;
}
