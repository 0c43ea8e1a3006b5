import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Mailchimp choose your picture, bottom left, and Account & billing.',
    'Open Extras, API keys and choose Create A Key.',
    'Name it Segments, choose Generate Key and copy it whole, with the dash and what follows it, like -us21.',
    'Only if one audience is to be read: Audience, Settings, Audience name and defaults holds its ID.',
  ],
  webhook: [
    'In Mailchimp open Audience, choose the audience, then Settings, Webhooks, and Create New Webhook.',
    'Paste the address. Tick subscribes, unsubscribes, profile updates, cleaned address, email changed and campaign sending.',
    'Tick that updates are sent when made by a subscriber, by an account admin and via the API. Save.',
    'Mailchimp signs nothing, so whoever knows this address could send as if they were Mailchimp: keep it to yourself.',
  ],
  firstSync:
    'All contacts are read, a thousand at a time, then who was sent, opened and clicked each campaign. A hundred thousand contacts take a few minutes; years of campaigns can take an hour.',
};
