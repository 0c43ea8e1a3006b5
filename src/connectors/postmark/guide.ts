import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Postmark choose the server your mails go through.',
    'Open API Tokens and copy one of the server API tokens. The account token does not work here.',
  ],
  webhook: [
    'In Postmark open the server, the message stream, Webhooks, and choose Add webhook.',
    'Paste the address; under Basic auth credentials give any user name, and as password the webhook password of this source’s settings.',
    'Tick Delivery, Bounce, Spam complaint, Open, Link click and Subscription change. Save.',
  ],
  firstSync:
    'Postmark keeps mails for 45 days and no longer, so that much is read: a few minutes. Add the webhook, and nothing is lost after that.',
};
