import { z } from 'zod';

export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Give the address of the site, beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ title: 'Address of the site', placeholder: 'https://blog.example.com' }),
  username: z
    .string()
    .trim()
    .min(1, 'Give the user name.')
    .meta({ title: 'User name', help: 'An administrator: only they may read the addresses of readers.' }),
  applicationPassword: z.string().trim().min(1, 'Give the application password.').meta({
    title: 'Application password',
    help: 'In WordPress: Users, Profile, Application Passwords. The password you sign in with does not work here.',
    placeholder: 'xxxx xxxx xxxx xxxx xxxx xxxx',
    secret: true,
  }),
});

export type WordPressSettings = z.infer<typeof settings>;
