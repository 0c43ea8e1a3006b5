import { z } from 'zod';

export const settings = z.object({
  apiKey: z
    .string()
    .trim()
    .regex(/^[^\s-]{8,}-[a-z]{2,4}\d+$/i, 'The key ends with a dash and the data center, like -us21.')
    .meta({ title: 'API key', help: 'In Mailchimp: Account, Extras, API keys, Create A Key.', secret: true }),
  audience: z.string().trim().optional().meta({
    title: 'Audience ID',
    help: 'Only this audience is read. Leave it empty to read all; for sending segments to Mailchimp it must be given.',
    placeholder: 'a36b032126',
  }),
  url: z
    .url({ protocol: /^https?$/, error: 'Give an address beginning with https://, or leave it empty.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .meta({ title: 'API address', help: 'Leave empty: it follows from the key.' }),
});

export type MailchimpSettings = z.infer<typeof settings>;
