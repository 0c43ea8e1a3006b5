import { bought, type LibraryEntry } from './library-entry.ts';

/** Segments of a shop. */
export const SHOP_LIBRARY: LibraryEntry[] = [
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
];
