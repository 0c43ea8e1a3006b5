import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';
import { serviceAccountKey } from '../reading/service-account.ts';

export const settings = z.object({
  serviceAccountKey: serviceAccountKey(
    'Google Cloud console: IAM & Admin, Service accounts, Keys, Add key, JSON. Switch on the Google Search Console API in that project, and add the address of the service account in Search Console under Settings, Users and permissions; restricted access is enough.',
  ),
  site: z
    .string()
    .trim()
    .regex(
      /^(sc-domain:[^\s/]+|https?:\/\/\S+\/)$/,
      'It is sc-domain:example.com, or an address with a slash at its end like https://www.example.com/.',
    )
    .meta({
      title: 'Property',
      help: 'As Search Console names it: a domain (sc-domain:example.com) or an address prefix with its last slash.',
      placeholder: 'sc-domain:example.com',
    }),
  rowsPerDay: z
    .number()
    .int()
    .min(1, 'At least 1.')
    .max(50_000, 'Google gives 50,000 a day at most.')
    .default(250)
    .meta({
      title: 'Queries and pages a day',
      fold: ADVANCED,
      help: 'How many of each are kept for each day, those with most clicks first. The totals always count everything.',
    }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://searchconsole.googleapis.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type SearchConsoleSettings = z.infer<typeof settings>;
