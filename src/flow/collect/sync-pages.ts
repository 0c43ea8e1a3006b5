import { createHash } from 'node:crypto';
import { ConnectorError } from '../../base/errors.ts';
import type { Page } from '../../connectors/contract.ts';
import { canonicalJson } from './canonical.ts';

/** A vendor that lets us wait this long for one page, retries included, has stopped answering. */
const PAGE_MS = 10 * 60_000;
/** The same page again happens (a vendor's cache); again and again does not end by itself. */
const MAX_REPEATS = 3;
const MAX_EMPTY_PAGES = 200;

export type PageLimits = {
  deadlineAt: number;
  pageMs?: number | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Hands on a stream's pages, the next one being fetched while the present one is stored. Ends with a
 * ConnectorError when the run's time is up, a page does not come, or the vendor goes in circles.
 */
export async function* readPages(source: AsyncIterable<Page>, limits: PageLimits): AsyncGenerator<Page> {
  const pages = source[Symbol.asyncIterator]();
  const circle = watchForCircles();
  let coming = fetchNext(pages);
  for (;;) {
    const step = await inTime(coming, limits);
    if (step.done) return;
    circle(step.value);
    coming = fetchNext(pages);
    yield step.value;
    if (limits.signal?.aborted) throw stopped('The program was stopped.');
  }
}

function fetchNext(pages: AsyncIterator<Page>): Promise<IteratorResult<Page>> {
  const coming = pages.next();
  // It is awaited, and its error thrown, once the present page is stored; until then it is nobody's fault.
  coming.catch(() => undefined);
  return coming;
}

async function inTime<T>(coming: Promise<T>, limits: PageLimits): Promise<T> {
  const left = Math.min(limits.deadlineAt - performance.now(), limits.pageMs ?? PAGE_MS);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(stopped('It took too long.')), Math.max(0, left));
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}

function stopped(reason: string): ConnectorError {
  return new ConnectorError(`${reason} The next sync goes on from where it stopped`, { retryable: true });
}

/** Throws when the same page with the same cursor comes too often: a cursor that loops, or a page that goes back. */
function watchForCircles(): (page: Page) => void {
  const seen = new Map<string, number>();
  let empty = 0;
  return (page) => {
    empty = page.items.length === 0 ? empty + 1 : 0;
    if (empty > MAX_EMPTY_PAGES) throw inCircles();
    if (page.items.length === 0) return;
    const signature = signPage(page);
    const times = (seen.get(signature) ?? 0) + 1;
    if (times > MAX_REPEATS) throw inCircles();
    seen.set(signature, times);
  };
}

function inCircles(): ConnectorError {
  return new ConnectorError('It sends the same page again and again, so reading was stopped', {
    retryable: true,
  });
}

function signPage(page: Page): string {
  const hash = createHash('sha256').update(canonicalJson(page.cursor ?? null));
  for (const item of page.items) hash.update(`\u0000${item.stream}\u0000${item.externalId}`);
  return hash.digest('base64url').slice(0, 22);
}
