import { ConnectorError } from '../../base/errors.ts';

export type AscendingPage<Row> = { rows: Row[]; isLast: boolean; total?: number | undefined };

export type Ascending<Row> = {
  /** Where to begin, by the vendor's own clock; null is the very beginning. */
  from: Date | null;
  /** Our present: a row dated in the future does not move the cursor past it. */
  now: Date;
  vendor: string;
  /** Rows changed at or after `from`, oldest first; `page` counts from 0 within the same `from`. */
  fetchPage: (from: Date | null, page: number) => Promise<AscendingPage<Row>>;
  atOf: (row: Row) => Date;
  idOf: (row: Row) => string;
};

/** Vendors round times, and connectors ask from a second before. */
const LEEWAY_MS = 2_000;

/**
 * Reads a set that changes while it is read. After each page it asks anew from the last time seen instead of
 * turning to the next page, since a row that changes moves to the end and shifts all others by one. Only where
 * a whole page shares one second it turns the page. `at` is right once the rows of the page are stored.
 */
export async function* readAscending<Row>(
  reading: Ascending<Row>,
): AsyncIterable<{ rows: Row[]; at: Date | null; total: number | undefined }> {
  let from = reading.from;
  let page = 0;
  let seen = new Set<string>();
  for (;;) {
    const { rows, isLast, total } = await reading.fetchPage(from, page);
    // Each time is read once: it is most of what a page costs here.
    const dated = rows.map((row) => ({ row, at: reading.atOf(row) }));
    const keyOf = ({ row, at }: { row: Row; at: Date }) => `${reading.idOf(row)} ${at.getTime()}`;
    const fresh = seen.size === 0 ? dated : dated.filter((one) => !seen.has(keyOf(one)));
    if (!isLast && (rows.length === 0 || (page > 0 && fresh.length === 0))) throw stuck(reading.vendor);
    const times = dated.map(({ at }) => at);
    if (isBehind(times, from)) throw goingBack(reading.vendor);
    const last = times.reduce((a, b) => (a > b ? a : b), from ?? new Date(0));
    const at = rows.length > 0 || from ? earlier(last, reading.now) : null;
    yield { rows: fresh.map(({ row }) => row), at, total };
    if (isLast) return;
    const isNewSecond = from === null || last > from;
    page = isNewSecond ? 0 : page + 1;
    seen = isNewSecond
      ? new Set(dated.filter((one) => one.at >= last).map(keyOf))
      : new Set([...seen, ...dated.map(keyOf)]);
    from = last;
  }
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

/** Rows of before the time that was asked for: an old page, behind which others would be missed. */
function isBehind(times: Date[], from: Date | null): boolean {
  const before = (from?.getTime() ?? 0) - LEEWAY_MS;
  return times.filter((at) => at.getTime() < before).length > times.length / 2;
}

function goingBack(vendor: string): ConnectorError {
  return new ConnectorError(`${vendor} answered an old page again instead of the next one.`, {
    retryable: true,
  });
}

function stuck(vendor: string): ConnectorError {
  return new ConnectorError(`${vendor} keeps answering the same page.`, {
    retryable: true,
  });
}
