import { z } from 'zod';
import { noteSignIn } from '../../../staff/audit.ts';
import { entryPage } from '../../page.ts';
import { loginForm, nextField } from './show.ts';

const body = z.strictObject({
  email: z.string().max(1_000),
  // Of any length: how long it is refused without a hint is for the check to say.
  password: z.string(),
  next: nextField,
});

/** One sentence for every reason, so that nobody learns which addresses have an account. */
const FAULT = 'E-mail or password is not right.';

export const createLogin = entryPage({
  body,
  handle: async (request) => {
    const { next } = request.body;
    const found = await request.session.authenticate(request.body);
    if (!found)
      return {
        ...loginForm({ next, email: request.body.email, isFirstVisit: false, fault: FAULT }),
        status: 422,
      };
    if (found.needsCode) {
      await request.session.awaitCode(found.userId, next);
      return { redirect: '/login/totp' };
    }
    const workspaceId = await request.session.signIn(found.userId);
    await noteSignIn(request.pipeline, { userId: found.userId, workspaceId, address: request.address });
    return { redirect: next };
  },
});
