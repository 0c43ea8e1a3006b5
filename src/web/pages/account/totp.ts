import { z } from 'zod';
import { Conflict } from '../../../base/errors.ts';
import { disableTotp, enableTotp, offerTotp, openOffer } from '../../../staff/totp.ts';
import { getUser } from '../../../staff/users.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';
import { confirmPassword } from './show.ts';

const CRUMBS = [{ label: 'Your account', href: '/account' }, { label: 'Second factor' }];

export const showTotp = page({
  handle: async (request) => {
    await requireWithout(request);
    return totpForm(offerTotp(request.user), {});
  },
});

/** A first code proves that the authenticator has the secret; then the recovery codes are shown, once. */
export const createTotp = page({
  body: z.strictObject({ offer: z.string().max(500), code: z.string().max(20), currentPassword: z.string() }),
  handle: async (request) => {
    const { offer, code, currentPassword } = request.body;
    await requireWithout(request);
    await confirmPassword(request, currentPassword);
    const recoveryCodes = await enableTotp(request.pipeline, { userId: request.user.id, offer, code });
    await audit(request, 'totp.enabled');
    await request.session.signIn(request.user.id, request.workspace.id);
    return {
      view: 'account/recovery',
      title: 'Keep these codes',
      crumbs: CRUMBS,
      model: { recoveryCodes },
      status: 201,
    };
  },
  invalid: (request) => totpForm(openOffer(request.user, request.values.offer ?? ''), request),
});

export const deleteTotp = page({
  body: z.strictObject({ currentPassword: z.string() }),
  handle: async (request) => {
    await confirmPassword(request, request.body.currentPassword);
    await disableTotp(request.pipeline, request.user.id);
    await audit(request, 'totp.disabled');
    await request.session.signIn(request.user.id, request.workspace.id);
    return { redirect: '/account', flash: 'The second factor is off.' };
  },
  invalid: () => ({
    redirect: '/account',
    flash: { text: 'This is not your password. The second factor stays on.', kind: 'danger' },
  }),
});

async function requireWithout(request: PageContext): Promise<void> {
  const { hasTotp } = await getUser(request.pipeline, request.user.id);
  if (hasTotp) throw new Conflict('You have a second factor already. Turn it off first.');
}

function totpForm(
  offered: { secret: string; uri: string; offer: string },
  rejected: Partial<Rejected>,
): ViewAnswer {
  const spelt = offered.secret.match(/.{1,4}/g)?.join(' ') ?? offered.secret;
  const model = { ...offered, spelt, values: rejected.values ?? {} };
  return {
    view: 'account/totp',
    title: 'Add a second factor',
    crumbs: CRUMBS,
    model,
    errors: rejected.errors ?? {},
  };
}
