import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In the Google Cloud console (console.cloud.google.com) choose or create a project, and switch on the Google Ads API under APIs & Services, Library.',
    'Open IAM & Admin, Service accounts, create one called segments, and on its tab Keys choose Add key, Create new key, JSON. A file is downloaded.',
    'In Google Ads open Admin, Access and security, and add the address of the service account (it ends with gserviceaccount.com) with read-only access.',
    'Open the file in a text editor, copy everything in it and paste it into this form. The customer ID stands top right in Google Ads.',
  ],
  firstSync:
    'Two years of cost are read, a month at a time: one or two minutes. The last 30 days are read again each time, because Google corrects them.',
};
