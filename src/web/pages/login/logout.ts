import { z } from 'zod';
import { entryPage } from '../../page.ts';

/** The session ends on the server: a copied cookie is worth nothing afterwards. */
export const logout = entryPage({
  body: z.strictObject({}),
  handle: async (request) => {
    await request.session.signOut();
    return { redirect: '/login' };
  },
});
