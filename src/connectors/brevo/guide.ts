import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Brevo open the menu under your name, top right, and choose SMTP & API.',
    'On the tab API keys choose Generate a new API key and name it Segments.',
    'Copy the key at once: Brevo shows it only this time.',
  ],
  webhook: [
    'In Brevo open Settings, Webhooks and choose Create a webhook.',
    'Paste the address; under Authentication choose Token and give the webhook token of this source’s settings.',
    'Tick for marketing mails: delivered, opened, clicked, hard and soft bounce, spam, unsubscribed, contact updated and deleted. Save.',
  ],
  firstSync:
    'All contacts are read, and transactional mails of the last 30 days. Brevo lets ten questions a second through: a hundred thousand contacts take a few minutes.',
};
