import { type LibraryEntry, never, recently } from './library-entry.ts';

/** Segments of a blog and its newsletter. */
export const LETTERS_LIBRARY: LibraryEntry[] = [
  {
    key: 'library-blog-reader-not-signed-up',
    name: 'Blog reader, not signed up',
    who: 'Read or commented in the last 60 days, never signed up, never bought.',
    why: 'Interested already, and nobody asked them yet.',
    advice: 'Offer the newsletter or an account where they read.',
    needs: { events: ['page_viewed', 'comment_posted'] },
    definition: () => ({
      all: [
        {
          any: [
            recently('comment_posted', 60),
            { event: 'page_viewed', count: { op: 'gte', value: 3 }, within: { last: '60d' } },
          ],
        },
        never('signed_up'),
        { fact: 'orders', op: 'eq', value: 0 },
      ],
    }),
  },
  {
    key: 'library-newsletter-only',
    name: 'Newsletter only',
    who: 'Gets letters, never signed up, never bought.',
    why: 'They gave an address, which is more than most visitors do.',
    advice: 'A first-order reason, once; then good letters.',
    needs: { events: ['email_sent', 'newsletter_subscribed', 'email_opened'] },
    definition: () => ({
      all: [
        { any: [{ event: 'newsletter_subscribed' }, { event: 'email_sent' }] },
        never('newsletter_unsubscribed'),
        never('signed_up'),
        { fact: 'orders', op: 'eq', value: 0 },
      ],
    }),
  },
  {
    key: 'library-newsletter-engaged',
    name: 'Newsletter engaged',
    who: 'Clicked in a letter in the last 60 days, or opened three.',
    why: 'They read what you write; start with them.',
    advice: 'Tests, launches and questions go to them first.',
    needs: { events: ['email_opened', 'email_clicked'] },
    definition: () => ({
      any: [
        recently('email_clicked', 60),
        { event: 'email_opened', count: { op: 'gte', value: 3 }, within: { last: '60d' } },
      ],
    }),
  },
  {
    key: 'library-newsletter-fading',
    name: 'Newsletter fading',
    who: 'Opened letters before, and none in the last 60 days although some were sent.',
    why: 'The next step is usually the unsubscribe link.',
    advice: 'Fewer letters, another subject, or a question what they want to read.',
    needs: { events: ['email_opened', 'email_sent'] },
    definition: () => ({
      all: [
        { event: 'email_opened', within: { between: ['365d', '60d'] } },
        { event: 'email_opened', count: { op: 'eq', value: 0 }, within: { last: '60d' } },
        recently('email_sent', 60),
      ],
    }),
  },
];
