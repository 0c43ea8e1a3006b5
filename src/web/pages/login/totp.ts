import { z } from 'zod';
import { noteSignIn } from '../../../staff/audit.ts';
import { checkSecondFactor } from '../../../staff/totp.ts';
import type { ViewAnswer } from '../../answers.ts';
import { entryPage } from '../../page.ts';

const FAULT = 'This code is not right, or was used before. Wait for the next one.';

export const showTotpLogin = entryPage({
  handle: (request) => (request.session.awaited() ? totpForm('') : { redirect: '/login' }),
});

/** The second step: a code of the authenticator, or one of the recovery codes. */
export const createTotpLogin = entryPage({
  body: z.strictObject({ code: z.string().max(100) }),
  handle: async (request) => {
    const awaited = request.session.awaited();
    if (!awaited) return { redirect: '/login' };
    const { userId, next } = awaited;
    const isRight = await checkSecondFactor(request.pipeline, {
      ...request.body,
      userId,
      address: request.address,
    });
    if (!isRight) return { ...totpForm(FAULT), status: 422 };
    const workspaceId = await request.session.signIn(userId);
    await noteSignIn(request.pipeline, { userId, workspaceId, address: request.address });
    return { redirect: next };
  },
});

function totpForm(fault: string): ViewAnswer {
  return { view: 'login/totp', title: 'Enter your code', model: { fault } };
}
