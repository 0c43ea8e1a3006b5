import { ConnectorError } from '../../base/errors.ts';
import type { PushBatch, PushOutcome, PushPerson } from '../audience.ts';

/**
 * An audience that people were put into is not made anew when it is gone: it would hold only those who came since,
 * and everyone would believe it whole.
 */
export function refuseToRemake({ audience, there }: PushBatch, noun: string, vendor: string): void {
  if (there === 0) return;
  throw new ConnectorError(
    `The ${noun} “${audience}” is gone at ${vendor}, though ${there.toLocaleString('en')} people were put into it. Press “Send everyone again” to make it anew.`,
    { retryable: false },
  );
}

export function done(people: PushPerson[]): PushOutcome[] {
  return people.map(({ profileId }) => ({ profileId, outcome: 'done' }));
}

export function refuse({ profileId }: PushPerson, reason: string): PushOutcome {
  return { profileId, outcome: 'refused', reason };
}

export function parts<T>(all: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
