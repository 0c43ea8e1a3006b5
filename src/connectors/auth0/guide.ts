import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In the Auth0 dashboard open Applications, Applications and choose Create Application, Machine to Machine Applications.',
    'Choose the Auth0 Management API and tick the one permission read:users.',
    'On the tab Settings of the new application copy Domain, Client ID and Client Secret into this form; put https:// before the domain.',
  ],
  webhook: [
    'In Auth0 open Event Streams (or Monitoring, Streams) and create a stream of the kind Webhook.',
    'Paste the address, choose Bearer token and give the webhook token of this source’s settings.',
    'Tick user.created, user.updated and user.deleted, and save.',
  ],
  firstSync:
    'Everybody who ever signed up is read. Auth0 gives a hundred people at a time: ten thousand take a few minutes.',
};
