import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In the Google Cloud console (console.cloud.google.com) choose or create a project, and switch on the Google Search Console API under APIs & Services, Library.',
    'Open IAM & Admin, Service accounts, create one called segments, and on its tab Keys choose Add key, Create new key, JSON. A file is downloaded.',
    'In Search Console open Settings, Users and permissions, and add the address of the service account (it ends with gserviceaccount.com); restricted access is enough.',
    'Open the file in a text editor, copy everything in it and paste it into this form. Write the property as Search Console names it.',
  ],
  firstSync:
    'Sixteen months are read, which is all Google keeps: a few minutes. Google takes two to three days to count a day to its end.',
};
