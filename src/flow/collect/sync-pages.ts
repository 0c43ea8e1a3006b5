import { createHash } from 'node:crypto';
import { ConnectorError } from '../../base/errors.ts';
import type { Page } from '../../connectors/contract.ts';
import { canonicalJson } from './canonical.ts';
import { readDeadlines } from './deadlines.ts';

/** The same page again happens (a vendor's cache); again and again does not end by itself. */
const MAX_REPEATS = 3;
const MAX_EMPTY_PAGES = 200;

/** Fetched ahead of what is stored, and so stored in one transaction when the vendor is quicker than we are. */
const ITEMS_AHEAD = 5_000;

export type PageLimits = {
  deadlineAt: number;
  /** The cursor the reading began with. */
  from?: unknown;
  signal?: AbortSignal | undefined;
};

/**
 * Hands on a stream's pages, prepared as they come, as many as have come while the last ones were stored. Ends with a ConnectorError
 * when the run's time is up, a page does not come, or the vendor goes in circles; what came before that has been
 * handed on then.
 */
export async function* readPages<P>(
  source: AsyncIterable<Page>,
  limits: PageLimits,
  prepare: (page: Page) => P | Promise<P>,
): AsyncGenerator<P[]> {
  const inbox = openInbox<P>();
  const reading = fetchInto(inbox, source, { from: limits.from, prepare });
  try {
    for (;;) {
      if (inbox.pages.length === 0 && !inbox.isClosed) await inTime(inbox.arrival(), limits);
      const pages = inbox.take();
      if (pages.length === 0) break;
      yield pages;
      if (limits.signal?.aborted) throw stopped('The program was stopped.');
    }
  } finally {
    inbox.isAbandoned = true;
    inbox.take();
  }
  await reading;
}

type Inbox<P> = {
  pages: P[];
  /** Items in the pages that wait. */
  waiting: number;
  isClosed: boolean;
  /** Nobody takes any more: the fetching ends with the page it is at. */
  isAbandoned: boolean;
  /** Something came, or nothing more comes. */
  arrival: () => Promise<void>;
  /** Everything that has come. */
  take: () => P[];
  put: (page: P, items: number) => Promise<void>;
  close: () => void;
};

/** Between fetching and storing: the one waits while there is too much, the other while there is nothing. */
function openInbox<P>(): Inbox<P> {
  let arrived = Promise.withResolvers<void>();
  let emptied = Promise.withResolvers<void>();
  const inbox: Inbox<P> = {
    pages: [],
    waiting: 0,
    isClosed: false,
    isAbandoned: false,
    arrival: async () => await arrived.promise,
    take: () => {
      const pages = inbox.pages;
      inbox.pages = [];
      inbox.waiting = 0;
      arrived = Promise.withResolvers();
      emptied.resolve();
      emptied = Promise.withResolvers();
      return pages;
    },
    put: async (page, items) => {
      inbox.pages.push(page);
      inbox.waiting += items;
      arrived.resolve();
      if (inbox.waiting >= ITEMS_AHEAD && !inbox.isAbandoned) await emptied.promise;
    },
    close: () => {
      inbox.isClosed = true;
      arrived.resolve();
    },
  };
  return inbox;
}

/** The error of the vendor is thrown where the result is awaited: once everything that came is stored. */
function fetchInto<P>(
  inbox: Inbox<P>,
  source: AsyncIterable<Page>,
  { from, prepare }: { from: unknown; prepare: (page: Page) => P | Promise<P> },
): Promise<void> {
  const isInOrder = watchForCircles();
  const fetchAll = async () => {
    let isTrusted = true;
    // An empty page leads on only when something follows it: else its end is none that we were told.
    let [safe, last] = [from, from];
    for await (const page of oneAhead(source)) {
      isTrusted = isInOrder(page) && isTrusted;
      last = page.cursor;
      if (isTrusted && (page.items.length > 0 || page.isCertain)) safe = page.cursor;
      if (inbox.isAbandoned) return;
      await inbox.put(await prepare({ ...page, cursor: isTrusted ? safe : from }), page.items.length);
      if (inbox.isAbandoned) return;
    }
    if (!isTrusted) throw lostPage();
    if (last !== safe) await inbox.put(await prepare({ items: [], cursor: last }), 0);
  };
  const reading = fetchAll().finally(() => inbox.close());
  // Until it is awaited it is nobody's fault; without this line the process would end.
  reading.catch(() => undefined);
  return reading;
}

/** Asks for the next page before the one that came is worked on: the vendor is at it meanwhile. */
async function* oneAhead(source: AsyncIterable<Page>): AsyncGenerator<Page> {
  const pages = source[Symbol.asyncIterator]();
  try {
    for (let coming = pages.next(); ; ) {
      const { done, value } = await coming;
      if (done) return;
      coming = pages.next();
      // Thrown once it is waited for; without this line the process would end before.
      coming.catch(() => undefined);
      yield value;
    }
  } finally {
    await pages.return?.();
  }
}

async function inTime(coming: Promise<void>, limits: PageLimits): Promise<void> {
  const left = Math.min(limits.deadlineAt - performance.now(), readDeadlines().pageMs);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(stopped('It took too long.')), Math.max(0, left));
  });
  try {
    await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}

function stopped(reason: string): ConnectorError {
  return new ConnectorError(`${reason} The next sync goes on from where it stopped`, { retryable: true });
}

/**
 * False when a page came again under another cursor: what belongs there was not told, so where the reading came to
 * is not to be trusted. Throws when that, or a page without anything, comes too often.
 */
function watchForCircles(): (page: Page) => boolean {
  const seen = new Map<string, { times: number; cursor: string }>();
  let empty = 0;
  return (page) => {
    empty = page.items.length === 0 && !page.waiting ? empty + 1 : 0;
    if (empty > MAX_EMPTY_PAGES) throw inCircles();
    if (page.items.length === 0) return true;
    const signature = signPage(page);
    const cursor = canonicalJson(page.cursor ?? null);
    const before = seen.get(signature);
    seen.set(signature, { times: (before?.times ?? 0) + 1, cursor });
    if (before && before.times >= MAX_REPEATS) throw inCircles();
    // One record alone may well be told twice.
    return !before || before.cursor === cursor || page.items.length === 1;
  };
}

function inCircles(): ConnectorError {
  return new ConnectorError('It sends the same page again and again, so reading was stopped', {
    retryable: true,
  });
}

function lostPage(): ConnectorError {
  const what =
    'It sent a page twice, and what belongs in its place may be missing; it is read again next time';
  return new ConnectorError(what, { retryable: true });
}

function signPage(page: Page): string {
  const hash = createHash('sha256');
  for (const { stream, externalId, version } of page.items)
    hash.update(`\u0000${stream}\u0000${externalId}\u0000${version}`);
  for (const { version, payload } of [page.items[0]!, page.items.at(-1)!])
    if (version === undefined) hash.update(JSON.stringify(payload) ?? '');
  return hash.digest('base64url').slice(0, 22);
}
