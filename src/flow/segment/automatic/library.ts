import type { AutomaticSegment } from './automatic.ts';

/** What a library segment needs to say anything: events or facts that somebody has. */
export type LibraryEntry = {
  key: string;
  name: string;
  /** Who is in, why it matters, what to try: shown on the segment's page. */
  who: string;
  why: string;
  advice: string;
  needs: { events?: string[]; buyers?: true };
  definition: (figures: LibraryFigures) => Record<string, unknown>;
};

/** Figures of this business that its library is cut by. */
export type LibraryFigures = { highSpend: string; lowSpend: string; typicalGapDays: number };

/** Too many overlapping defaults are a known complaint; more can be switched on. */
export const MOST_ON_BY_DEFAULT = 12;

const bought = { fact: 'orders', op: 'gte', value: 1 };
const recently = (event: string, days: number) => ({ event, within: { last: `${days}d` } });
const never = (event: string) => ({ event, count: { op: 'eq', value: 0 } });

/** In the order in which they are switched on. */
export const LIBRARY: LibraryEntry[] = [
  {
    key: 'library-high-spenders',
    name: 'High spenders',
    who: 'The fifth of buyers with the highest net revenue.',
    why: 'They usually bring more than half of the revenue.',
    advice: 'Thank them, show new things first, ask what they miss. No discounts needed.',
    needs: { buyers: true },
    definition: ({ highSpend }) => ({
      all: [bought, { fact: 'net_revenue', op: 'gte', value: Number(highSpend) }],
    }),
  },
  {
    key: 'library-low-spenders-to-upsell',
    name: 'Low spenders to upsell',
    who: 'Came back at least once, and spend less than most.',
    why: 'They like to buy here; only the basket is small.',
    advice: 'Bundles, a free-shipping limit just above their usual basket.',
    needs: { buyers: true },
    definition: ({ lowSpend }) => ({
      all: [
        { fact: 'orders', op: 'gte', value: 2 },
        { fact: 'average_order', op: 'lte', value: Number(lowSpend) },
      ],
    }),
  },
  {
    key: 'library-win-back',
    name: 'Win back',
    who: 'Two orders or more, silent for two to four of the usual gaps.',
    why: 'They knew the way; after four gaps hardly anyone returns by themselves.',
    advice: 'One personal message with a reason to return; then leave them in peace.',
    needs: { buyers: true },
    definition: ({ typicalGapDays }) => ({
      all: [
        { fact: 'orders', op: 'gte', value: 2 },
        {
          fact: 'last_order_at',
          op: 'within',
          value: { between: [`${4 * typicalGapDays}d`, `${2 * typicalGapDays}d`] },
        },
      ],
    }),
  },
  {
    key: 'library-dormant',
    name: 'Dormant',
    who: 'Bought once upon a time and were not seen at all for 180 days.',
    why: 'Writing to them costs reputation with mail providers.',
    advice: 'One last question whether to stay on the list; then stop.',
    needs: { buyers: true },
    definition: () => ({
      all: [bought, { none: [{ fact: 'last_seen_at', op: 'within', value: { last: '180d' } }] }],
    }),
  },
  {
    key: 'library-discount-seekers',
    name: 'Discount seekers',
    who: 'Used a coupon in at least two orders of the last year.',
    why: 'They wait for offers; everyone else would have bought anyway.',
    advice: 'Keep offers for them, and leave them out of full-price launches.',
    needs: { buyers: true, events: ['order_placed'] },
    definition: () => ({
      event: 'order_placed',
      where: [{ property: 'coupon', op: 'set' }],
      count: { op: 'gte', value: 2 },
      within: { last: '365d' },
    }),
  },
  {
    key: 'library-full-price-buyers',
    name: 'Full-price buyers',
    who: 'Two orders or more, none of them with a coupon.',
    why: 'A discount to them is money given away.',
    advice: 'News, early access, gifts; no percent signs.',
    needs: { buyers: true, events: ['order_placed'] },
    definition: () => ({
      all: [
        { fact: 'orders', op: 'gte', value: 2 },
        { event: 'order_placed', where: [{ property: 'coupon', op: 'set' }], count: { op: 'eq', value: 0 } },
      ],
    }),
  },
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
    who: 'May be written to, never signed up, never bought.',
    why: 'They gave an address, which is more than most visitors do.',
    advice: 'A first-order reason, once; then good letters.',
    needs: { events: ['email_sent', 'newsletter_subscribed', 'email_opened'] },
    definition: () => ({
      all: [
        { consent: 'email', topic: 'newsletter', is: 'granted' },
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
  {
    key: 'library-ad-acquired-of-high-value',
    name: 'Ad-acquired of high value',
    who: 'First came through an ad and are among the high spenders.',
    why: 'The audience that the ads should find more of.',
    advice: 'Give it to the ad account as the seed of a lookalike audience.',
    needs: { buyers: true, events: ['page_viewed', 'lead_submitted'] },
    definition: ({ highSpend }) => ({
      all: [
        { fact: 'first_channel', op: 'in', value: ['meta', 'google'] },
        { fact: 'net_revenue', op: 'gte', value: Number(highSpend) },
      ],
    }),
  },
  {
    key: 'library-organic-acquired',
    name: 'Organic-acquired',
    who: 'First came through search, a link or by themselves, and bought.',
    why: 'What they read before their first order is worth writing more of.',
    advice: 'Look at what makes them different, and feed the blog with it.',
    needs: { buyers: true, events: ['page_viewed'] },
    definition: () => ({
      all: [bought, { fact: 'first_channel', op: 'in', value: ['search', 'referral', 'direct', 'social'] }],
    }),
  },
  {
    key: 'library-trial-ending',
    name: 'Trial ending',
    who: 'Their trial ends within seven days.',
    why: 'The one week in which a message decides.',
    advice: 'Show what they would lose; offer help, not a countdown.',
    needs: { events: ['trial_started'] },
    definition: () => ({ trait: 'trialEndsAt', op: 'within', value: { next: '7d' } }),
  },
  {
    key: 'library-past-due',
    name: 'Past due',
    who: 'A payment failed in the last 30 days and none was made since.',
    why: 'Most such losses are an expired card, not a decision.',
    advice: 'A plain note with the link to change the card.',
    needs: { events: ['payment_failed'] },
    definition: () => ({
      all: [
        recently('payment_failed', 30),
        { event: 'invoice_paid', count: { op: 'eq', value: 0 }, within: { last: '30d' } },
      ],
    }),
  },
  {
    key: 'library-cancelled',
    name: 'Cancelled',
    who: 'Cancelled a subscription in the last 180 days and have none now.',
    why: 'They can say what is missing.',
    advice: 'Ask once for the reason; write when it is mended.',
    needs: { events: ['subscription_cancelled'] },
    definition: () => ({
      all: [
        recently('subscription_cancelled', 180),
        { event: 'subscription_started', count: { op: 'eq', value: 0 }, within: { last: '180d' } },
      ],
    }),
  },
];

export function findLibraryEntry(key: string): LibraryEntry | null {
  return LIBRARY.find((entry) => entry.key === key) ?? null;
}

/** The entries whose data exists; the first dozen are on. */
export function librarySegments(known: {
  events: Set<string>;
  buyers: number;
  figures: LibraryFigures;
}): AutomaticSegment[] {
  return LIBRARY.filter((entry) => hasData(entry, known)).map((entry, index) => ({
    key: entry.key,
    kind: 'library' as const,
    name: entry.name,
    description: entry.who,
    definition: entry.definition(known.figures),
    isEnabled: index < MOST_ON_BY_DEFAULT,
  }));
}

function hasData(entry: LibraryEntry, known: { events: Set<string>; buyers: number }): boolean {
  const { events, buyers } = entry.needs;
  return (!buyers || known.buyers > 0) && (!events || events.some((name) => known.events.has(name)));
}
