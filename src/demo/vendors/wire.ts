/** What a vendor's server is asked and answers, without the wire around it. */
export type VendorRequest = {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
};

/** `text` is sent as it stands where a vendor does not speak JSON (feeds, lines of JSON, packed files); `headers` name its type. */
export type VendorAnswer = {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string | Uint8Array;
};

export function bodyOf({ json, text }: VendorAnswer): string | Uint8Array {
  return text ?? JSON.stringify(json ?? {});
}

/** A vendor: what it would answer. Keeps its state to itself. */
export type Vendor = (request: VendorRequest) => VendorAnswer;

/** Rows that need not exist until somebody asks for them. */
export type Rows<Row> = { size: number; at: (index: number) => Row };

export function rowsOf<Row>(list: Row[]): Rows<Row> {
  return {
    get size() {
      return list.length;
    },
    at: (index) => list[index]!,
  };
}

/** Index of the first row for which `isReached` holds, in rows where it holds from some row on. */
export function findFirst<Row>(rows: Rows<Row>, isReached: (row: Row) => boolean): number {
  let low = 0;
  let high = rows.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isReached(rows.at(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function slice<Row>(rows: Rows<Row>, from: number, count: number): Row[] {
  const length = Math.max(0, Math.min(count, rows.size - from));
  return Array.from({ length }, (_, index) => rows.at(from + index));
}

export function isBasic({ headers }: VendorRequest, password: string): boolean {
  const given = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
  return given.slice(given.indexOf(':') + 1) === password;
}
