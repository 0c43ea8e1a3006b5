/** How long a run is let wait; what holds for one request is the door's (base/http). */
export type Deadlines = {
  /** A vendor that lets us wait this long for one page, retries included, has stopped answering. */
  pageMs: number;
  /** Enough for a first sync of millions; a run that is longer goes on in the next one. */
  runMs: number;
};

const USUAL: Deadlines = { pageMs: 10 * 60_000, runMs: 6 * 60 * 60_000 };

let deadlines = USUAL;

/** Set once by a front door; what is left out is as usual. */
export function configureDeadlines(given: Partial<Deadlines>): void {
  deadlines = { ...USUAL, ...given };
}

export function readDeadlines(): Deadlines {
  return deadlines;
}
