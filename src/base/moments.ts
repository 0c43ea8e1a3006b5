import { z } from 'zod';

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** A moment as machines give it: an ISO text with Z or an offset. Windows around it still are times Postgres knows. */
export const moment = z.iso
  .datetime({ offset: true, error: 'A moment such as 2026-03-31T18:00:00Z.' })
  .transform((text) => new Date(text))
  .refine((at) => at.getTime() >= EARLIEST && at.getTime() < LATEST, 'A moment from 1900 to 2199.');
