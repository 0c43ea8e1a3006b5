const MINUTE_MS = 60_000;
/** What takes its time outside is asked after this long. */
const SETTLE_MS = 10 * MINUTE_MS;
const FIRST_RETRY_MS = 5 * MINUTE_MS;
const LONGEST_RETRY_MS = 6 * 60 * MINUTE_MS;

export type Rhythm = { everyMinutes: number | null; failures: number };

/**
 * When a destination is pushed to beside the night: by its rhythm, sooner where something is still to be settled,
 * and later the oftener it failed. Null is the next night.
 */
export function nextPushAfter(
  { everyMinutes, failures }: Rhythm,
  given: { at: Date; isWaiting: boolean; retryAfterMs?: number | undefined },
): Date | null {
  const after = (ms: number) => new Date(given.at.getTime() + ms);
  const rhythmMs = everyMinutes === null ? null : everyMinutes * MINUTE_MS;
  if (failures > 0) {
    const pause = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
    return after(Math.max(pause, given.retryAfterMs ?? 0, rhythmMs ?? 0));
  }
  if (given.isWaiting) return after(Math.min(SETTLE_MS, rhythmMs ?? SETTLE_MS));
  return rhythmMs === null ? null : after(rhythmMs);
}
