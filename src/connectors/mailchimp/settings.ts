import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';

const DATA_CENTER = /-[a-z]{2,4}\d+$/i;

export const settings = z
  .object({
    apiKey: z.string().trim().min(1, 'Give the API key.').meta({
      title: 'API key',
      help: 'In Mailchimp: Account, Extras, API keys, Create A Key.',
      secret: true,
    }),
    audience: z.string().trim().optional().meta({
      title: 'Audience ID',
      help: 'Only this audience is read. Leave it empty to read all; for sending segments to Mailchimp it must be given.',
      placeholder: 'a36b032126',
    }),
    url: z
      .url({ protocol: /^https?$/, error: 'Give an address beginning with https://, or leave it empty.' })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .meta({ title: 'API address', fold: ADVANCED, help: 'Leave empty: it follows from the key.' }),
  })
  .refine(({ apiKey, url }) => url !== undefined || DATA_CENTER.test(apiKey), {
    path: ['apiKey'],
    message: 'The key ends with a dash and the data center, like -us21.',
  });

export type MailchimpSettings = z.infer<typeof settings>;
