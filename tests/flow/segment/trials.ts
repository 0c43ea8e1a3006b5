/** Moments to begin at, by zone: shortly before clocks change, on a leap day, at the end of a year. */
const STARTS: [timezone: string, start: string][] = [
  ['Europe/Berlin', '2026-03-28T22:30:00Z'],
  ['Europe/Berlin', '2026-10-24T21:30:00Z'],
  ['America/New_York', '2026-03-08T04:30:00Z'],
  ['America/New_York', '2026-11-01T03:30:00Z'],
  ['America/St_Johns', '2026-03-08T03:00:00Z'],
  ['America/St_Johns', '2026-11-01T02:00:00Z'],
  ['America/Santiago', '2026-04-05T02:30:00Z'],
  ['America/Santiago', '2026-09-06T03:30:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T13:30:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T13:30:00Z'],
  ['Pacific/Chatham', '2026-04-04T12:30:00Z'],
  ['Pacific/Chatham', '2026-09-26T12:30:00Z'],
  ['Africa/Cairo', '2026-04-23T21:30:00Z'],
  ['Africa/Cairo', '2026-10-29T19:30:00Z'],
  ['Asia/Kolkata', '2028-02-28T18:00:00Z'],
  ['Asia/Kathmandu', '2026-12-31T18:00:00Z'],
  // Apia has no summer time any more; 31 December is a day ahead of everyone's.
  ['Pacific/Apia', '2026-12-31T10:30:00Z'],
  ['Pacific/Apia', '2028-02-29T09:30:00Z'],
  ['Europe/Dublin', '2026-03-29T00:30:00Z'],
  ['Asia/Tehran', '2028-02-29T20:00:00Z'],
  ['UTC', '2026-02-28T23:30:00Z'],
];

/** A minute, then over the hour that clocks change in, to the next days, and over a month's end by time alone. */
const MOVES = [1, 185, 1_320, 11_000, 44_000];

export const TRIALS = STARTS.map(([timezone, start], index) => ({
  timezone,
  start,
  moves: MOVES,
  seed: 1_000 + index,
}));
