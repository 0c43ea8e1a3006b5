import { z } from 'zod';
import type { ViewAnswer } from '../../answers.ts';
import { isOwnPath } from '../../own-path.ts';
import { entryPage } from '../../page.ts';

/** A path of ours to go on to. Anything else is Home: whoever wrote the link may not choose where one ends up. */
export const nextField = z
  .string()
  .max(2_000)
  .default('/')
  .transform((next) => (isOwnPath(next) && !/^\/log(in|out)\b/.test(next) ? next : '/'));

export const showLogin = entryPage({
  query: z.strictObject({ next: nextField }),
  handle: async (request) => {
    if (request.user) return { redirect: request.query.next };
    const isFirstVisit = (await request.setupCode()) !== null;
    return loginForm({ next: request.query.next, email: '', isFirstVisit });
  },
});

export function loginForm(model: {
  next: string;
  email: string;
  isFirstVisit: boolean;
  fault?: string;
}): ViewAnswer {
  return { view: 'login/index', title: 'Sign in', model: { fault: '', ...model } };
}
