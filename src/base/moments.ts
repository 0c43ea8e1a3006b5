import { z } from 'zod';

/** A moment as machines give it: an ISO text with Z or an offset. */
export const moment = z.iso
  .datetime({ offset: true, error: 'A moment such as 2026-03-31T18:00:00Z.' })
  .transform((text) => new Date(text));
