import { machineTime } from './clock.ts';
import { ConnectorError } from './errors.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';

/** How an answer is to be taken; `message` is a sentence for the marketer. */
export type Verdict =
  | { outcome: 'accept' }
  | { outcome: 'retry'; message?: string; retryAfterMs?: number | undefined }
  | { outcome: 'reconnect'; message: string }
  | { outcome: 'refuse'; message: string };

/**
 * Null when the answer is one; else the error it amounts to.
 * The vendor's own reading (`classify`) comes first, then what the caller expects, then the standard's.
 */
export function judge(request: HttpRequest, answer: HttpAnswer, host: string): ConnectorError | null {
  const verdict = request.classify?.(answer) ?? standardVerdict(request, answer, host);
  if (verdict.outcome === 'accept') return null;
  if (verdict.outcome === 'retry') return busy(verdict, answer, host);
  return new ConnectorError(verdict.message, {
    retryable: false,
    needsReconnect: verdict.outcome === 'reconnect',
  });
}

function standardVerdict(request: HttpRequest, { status }: HttpAnswer, host: string): Verdict {
  if ((status >= 200 && status < 300) || request.expect?.includes(status)) return { outcome: 'accept' };
  if (status === 408 || status === 429 || status >= 500) return { outcome: 'retry' };
  if (status === 401) {
    return {
      outcome: 'reconnect',
      message: `${host} does not accept our key any more. Reconnect the source with a new one.`,
    };
  }
  if (status === 403) {
    return {
      outcome: 'reconnect',
      message: `${host} does not let this key read the data. Give it the rights named in the form, or use another key.`,
    };
  }
  return { outcome: 'refuse', message: `${host} refused the request (status ${status}).` };
}

function busy(verdict: Verdict & { outcome: 'retry' }, answer: HttpAnswer, host: string): ConnectorError {
  const what =
    answer.status === 429 ? 'asks us to slow down' : `has a problem of its own (status ${answer.status})`;
  return new ConnectorError(verdict.message ?? `${host} ${what}.`, {
    retryable: true,
    retryAfterMs: verdict.retryAfterMs ?? retryAfterMs(answer.headers),
  });
}

/**
 * Retry-After in seconds or as a date. A date is read against the answer's own Date where there is one: the
 * vendor's clock and ours may differ.
 */
export function retryAfterMs(headers: Record<string, string>): number | undefined {
  const given = headers['retry-after']?.trim();
  if (!given) return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given) * 1000;
  const until = Date.parse(given);
  const sentAt = Date.parse(headers.date ?? '');
  return Number.isNaN(until)
    ? undefined
    : Math.max(0, until - (Number.isNaN(sentAt) ? machineTime().getTime() : sentAt));
}
