import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Klaviyo open the menu under your name, bottom left, and choose Settings, API keys.',
    'Choose Create Private API Key and name it Segments.',
    'Choose Custom Key: read access for Accounts, Profiles, Events and Metrics. To send segments there as well: full access for Profiles and Lists.',
    'Create it and copy the key; it begins with pk_. It is shown only this time.',
  ],
  firstSync:
    'All profiles and everything that happened to them are read. Klaviyo allows 750 questions a minute for profiles, a hundred people each: a hundred thousand people take minutes, years of opens and clicks an hour or more.',
};
