import { z } from 'zod';
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
    help: 'Only if the service account was given access to a manager account above it.',
  }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://googleads.googleapis.com')
    .meta({ title: 'API address', help: 'Leave it as it is.' }),
});

export type GoogleAdsSettings = z.infer<typeof settings>;
