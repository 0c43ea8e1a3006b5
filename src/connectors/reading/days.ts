const DAY_MS = 24 * 60 * 60_000;

/** The local day of an instant, YYYY-MM-DD. */
export function dayIn(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

export function earlierDay(a: string, b: string): string {
  return a < b ? a : b;
}

export function laterDay(a: string, b: string): string {
  return a < b ? b : a;
}

/** Figures by day: which are read, and where the reading has come to. */
export type DayPlan = { since: string; until: string };

/**
 * The days of a run: from the last one read, less the days that still move; of a window exactly its days;
 * `first` days back on a first run. `last` is the newest day there are figures of.
 */
export function planDays(given: {
  readUntil: string | null;
  window: { from: Date; to: Date } | undefined;
  zone: string;
  last: string;
  movingDays: number;
  firstDays: number;
}): DayPlan {
  const { window, zone, last, readUntil } = given;
  if (window) {
    const end = dayIn(new Date(window.to.getTime() - 1), zone);
    return { since: dayIn(window.from, zone), until: earlierDay(end, last) };
  }
  const since = readUntil ? addDays(readUntil, -given.movingDays) : addDays(last, -given.firstDays);
  return { since, until: last };
}

/** Slices of at most `size` days, oldest first. */
export function* sliceDays({ since, until }: DayPlan, size: number): Iterable<DayPlan> {
  for (let from = since; from <= until; from = addDays(from, size))
    yield { since: from, until: earlierDay(addDays(from, size - 1), until) };
}
