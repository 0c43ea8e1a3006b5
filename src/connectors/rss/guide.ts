import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'Open your blog and look for its feed: most have it at /feed, /rss.xml or /atom.xml.',
    'Copy its address. No key is needed: a feed is public.',
  ],
  firstSync:
    'What stands in the feed now is read, within seconds: usually the last ten to fifty posts. New posts are added as they appear.',
};
