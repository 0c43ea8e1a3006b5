import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In the Clerk dashboard choose the application, and Production rather than Development.',
    'Open Configure, API keys and copy the secret key; it begins with sk_live_.',
  ],
  webhook: [
    'In Clerk open Configure, Webhooks and choose Add Endpoint.',
    'Paste the address and tick user.created, user.updated and user.deleted.',
    'Open the new endpoint, copy its signing secret (whsec_…) and put it into this source’s settings.',
  ],
  firstSync: 'Everybody who ever signed up is read, five hundred at a time: usually a matter of minutes.',
};
