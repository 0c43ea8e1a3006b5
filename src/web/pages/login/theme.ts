import { z } from 'zod';
import { isOwnPath } from '../../own-path.ts';
import { entryPage } from '../../page.ts';

/** Light or dark, kept in a cookie of its own. */
export const chooseTheme = entryPage({
  body: z.strictObject({ theme: z.enum(['light', 'dark']), back: z.string().max(2_000).default('/') }),
  handle: ({ body, session }) => {
    session.useTheme(body.theme);
    return { redirect: isOwnPath(body.back) ? body.back : '/' };
  },
});
