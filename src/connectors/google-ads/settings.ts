import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';
import { serviceAccountKey } from '../reading/service-account.ts';

const customerId = (what: string) =>
  z
    .string()
    .trim()
    .transform((text) => text.replaceAll('-', ''))
    .pipe(z.string().regex(/^\d{10}$/, `The ${what} has ten digits, like 123-456-7890.`));

export const settings = z.object({
  serviceAccountKey: serviceAccountKey(
    'Google Cloud console: IAM & Admin, Service accounts, Keys, Add key, JSON. Switch on the Google Ads API in that project, and add the address of the service account in Google Ads under Admin, Access and security, with read-only access.',
  ),
  customerId: customerId('customer ID').meta({
    title: 'Customer ID',
    help: 'Top right in Google Ads, of the account that pays for the ads.',
    placeholder: '123-456-7890',
  }),
  managerId: customerId('customer ID of the manager account').optional().meta({
    title: 'Manager account ID',
    fold: ADVANCED,
    help: 'Only if the service account was given access to a manager account above it.',
  }),
  acceptsTerms: z.boolean().default(false).meta({
    title: 'The Customer Match terms are accepted',
    help: 'Only for segments that go to Google as audiences: your business has accepted them in Google Ads, under Audience manager. Switch on the Data Manager API in the project too, and give the service account standard access.',
  }),
  audienceUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://datamanager.googleapis.com')
    .meta({ title: 'API address of audiences', help: 'Leave it as it is.', hidden: true }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://googleads.googleapis.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type GoogleAdsSettings = z.infer<typeof settings>;
