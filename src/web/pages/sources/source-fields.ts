import { Invalid } from '../../../base/errors.ts';
import { RHYTHMS } from '../../models/sources.ts';

const MAX_NAME = 100;

/** The fields every source has beside its connector's. */
export function readName(body: Record<string, string>, fallback: string): string {
  const name = (body.name ?? '').trim() || fallback;
  if (name.length > MAX_NAME)
    throw new Invalid([{ path: 'name', message: `At most ${MAX_NAME} characters.` }]);
  return name;
}

/** Minutes between two syncs; null is each night. */
export function readRhythm(body: Record<string, string>): number | null {
  const value = body.everyMinutes ?? '';
  if (!RHYTHMS.some((rhythm) => rhythm.value === value))
    throw new Invalid([{ path: 'everyMinutes', message: 'Choose one of the rhythms.' }]);
  return value === '' ? null : Number(value);
}
