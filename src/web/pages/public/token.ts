import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { type LinkOwner, readToken } from '../../../flow/send/links.ts';

export const tokenParams = z.strictObject({ token: z.string().min(1).max(8_000) });

/** Links of a preview or a test message show the page, and decide nothing. */
export const PREVIEW = 'preview';

export function openToken(token: string): LinkOwner {
  const owner = readToken('unsubscribe', token);
  if (!owner) throw new NotFound('This link is not complete. Open it again from the message, all of it.');
  return owner;
}
