import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';
import { serviceAccountKey } from '../reading/service-account.ts';

export const settings = z.object({
  serviceAccountKey: serviceAccountKey(
    'Google Cloud console: IAM & Admin, Service accounts, Keys, Add key, JSON. Switch on the Google Analytics Data API in that project, and add the address of the service account in Google Analytics under Admin, Property access management, as a Viewer.',
  ),
  propertyId: z
    .string()
    .trim()
    .transform((text) => text.replace(/^properties\//, ''))
    .pipe(z.string().regex(/^\d+$/, 'The property ID is a number; it is not the measurement ID (G-…).'))
    .meta({
      title: 'Property ID',
      help: 'In Google Analytics: Admin, Property details, top right.',
      placeholder: '123456789',
    }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://analyticsdata.googleapis.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type GoogleAnalyticsSettings = z.infer<typeof settings>;
