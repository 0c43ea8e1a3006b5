import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In SendGrid open Settings, API Keys and choose Create API Key.',
    'Choose Restricted Access, and give Marketing full access and Suppressions read access: contacts come as an export, which must be asked for.',
    'Create it and copy the key; it begins with SG. and is shown only this time.',
  ],
  webhook: [
    'In SendGrid open Settings, Mail Settings, Event Webhooks, and choose Create new webhook.',
    'Paste the address and tick processed, dropped, delivered, bounced, opened, clicked, spam reports, unsubscribed and the group (un)subscribes.',
    'Turn on Signature Verification, save, copy the verification key and put it into this source’s settings.',
  ],
  firstSync:
    'All contacts come as one export that SendGrid prepares: a few minutes for a hundred thousand. Opens and clicks come by the webhook from then on; SendGrid does not give those of the past.',
};
