/**
 * The product's time. Every moment that is stored or compared comes from here, so that a test, or the NOW
 * setting, can start the clock elsewhere. Timeouts and leases use `performance.now()`, which nobody can turn.
 */
let offsetMs = 0;

/** The present instant. */
export function now(): Date {
  return new Date(Date.now() + offsetMs);
}

/** Starts the clock at an instant; it runs on from there. */
export function startClockAt(instant: Date): void {
  offsetMs = instant.getTime() - Date.now();
}

/** Goes back to the machine's own time. */
export function resetClock(): void {
  offsetMs = 0;
}

/**
 * The machine's own time, for what another machine compares with its clock (a token's expiry). Nothing of the
 * product is dated by it.
 */
export function machineTime(): Date {
  return new Date();
}
