import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'Connect first, with the secret left empty: the source then shows its own address.',
    'Give that address to the sender, and let the sender make a signing secret, or make up a long word yourself.',
    'Put the secret into this source’s settings. Where the sender does not follow Standard Webhooks, also name the header that holds its signature.',
    'Let it send one message: it is caught as an example, and on the page Fields you say which field means what.',
  ],
  webhook: [
    'Paste the address where the sender asks for a URL or an endpoint.',
    'Put the signing secret into this source’s settings; nothing unsigned is taken in.',
    'After the first message open Fields and say which field means what.',
  ],
};
