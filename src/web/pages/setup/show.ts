import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { sha256 } from '../../../base/secrets.ts';
import type { ViewAnswer } from '../../answers.ts';
import { type EntryContext, entryPage, type Rejected } from '../../page.ts';
import { currencyOptions, KINDS, zoneOptions } from './form.ts';

const query = z.strictObject({ code: z.string().max(200).default('') });

/** The first visit. The code stands where the product was started, so only who started it gets in. */
export const showSetup = entryPage({
  query,
  handle: async (request) => {
    await checkCode(request, request.query.code);
    return setupForm(request.query.code);
  },
});

/** Once there is an account there is no set-up any more, with whatever code. */
export async function checkCode(request: Pick<EntryContext, 'setupCode'>, given: string): Promise<void> {
  const code = await request.setupCode();
  const isRight = code !== null && timingSafeEqual(Buffer.from(sha256(code)), Buffer.from(sha256(given)));
  if (!isRight)
    throw new NotFound('This address opens the first set-up once, with the code that the start prints.');
}

export function setupForm(code: string, rejected: Partial<Rejected> = {}): ViewAnswer {
  const values = { timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop', ...rejected.values };
  const model = { code, values, zones: zoneOptions(), currencies: currencyOptions(), kinds: KINDS };
  return { view: 'setup/index', title: 'Welcome to Segments', model, errors: rejected.errors ?? {} };
}
