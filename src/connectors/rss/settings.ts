import { z } from 'zod';

export const settings = z.object({
  url: z.url({ protocol: /^https?$/, error: 'Give the address of the feed, beginning with https://.' }).meta({
    title: 'Address of the feed',
    help: 'Most blogs have it at /feed, /rss.xml or /atom.xml.',
    placeholder: 'https://www.example.com/feed',
  }),
});

export type RssSettings = z.infer<typeof settings>;
