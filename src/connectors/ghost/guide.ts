import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Ghost Admin open Settings, Integrations and choose Add custom integration.',
    'Name it Segments and choose Add.',
    'Copy the Admin API key (two long words with a colon between them), not the Content API key.',
    'The address of the site is the one above it, called API URL.',
  ],
  webhook: [
    'In Ghost Admin open Settings, Integrations, the integration Segments, and choose Add webhook.',
    'Paste the address once each for the events Member added, Member updated and Member deleted.',
    'Give each the same secret, and put it into this source’s settings as Webhook secret.',
  ],
  firstSync:
    'All members, what happened to them, and all posts are read. Ghost gives a hundred rows at a time: ten thousand members take a few minutes, years of opens longer.',
};
