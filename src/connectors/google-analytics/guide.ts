import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In the Google Cloud console (console.cloud.google.com) choose or create a project, and switch on the Google Analytics Data API under APIs & Services, Library.',
    'Open IAM & Admin, Service accounts, create one called segments, and on its tab Keys choose Add key, Create new key, JSON. A file is downloaded.',
    'In Google Analytics open Admin, Property access management, and add the address of the service account (it ends with gserviceaccount.com) as a Viewer.',
    'Open the file in a text editor, copy everything in it and paste it into this form. The property ID stands under Admin, Property details, top right.',
  ],
  firstSync:
    'Thirteen months are read: one or two minutes. The last three days are read again each time, because Google is still counting them.',
};
