import { Conflict, ConnectorError, Invalid } from '../../base/errors.ts';

export const INTERRUPTED =
  'It was interrupted. The next sync goes on from where it stopped; nothing is lost.';

/** What went wrong with a stream, in words a marketer can read. */
export function describeFault(error: unknown): string {
  if (error instanceof ConnectorError || error instanceof Conflict) return endSentence(error.message);
  if (error instanceof Invalid) return endSentence(`The settings do not fit any more: ${error.message}`);
  return 'Something went wrong on our side; the log says what.';
}

/** What happens next, after what went wrong. */
export function describeNext(next: {
  needsReconnect: boolean;
  nextRunAt: Date | null;
  /** A slice of time was read, which no schedule does again. */
  isSlice?: boolean;
}): string {
  if (next.needsReconnect) return 'Nothing is fetched until somebody has looked at the settings.';
  if (next.isSlice) return 'What was stored is kept; read these days once more for the rest.';
  if (next.nextRunAt) return 'What was stored is kept, and it is tried again by itself.';
  return 'What was stored is kept; the next nightly sync goes on from here.';
}

export function describeQuarantined(count: number): string | null {
  if (count === 0) return null;
  return count === 1
    ? 'One record was set aside; its reason is in quarantine.'
    : `${count} records were set aside; the reasons are in quarantine.`;
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
