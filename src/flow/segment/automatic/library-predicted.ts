import { bought, type LibraryEntry } from './library-entry.ts';

/** Segments of what people are expected to do. Without predictions they stay hidden. */
export const PREDICTED_LIBRARY: LibraryEntry[] = [
  {
    key: 'library-most-likely-to-buy',
    name: 'Most likely to buy',
    who: 'Expected to order at least once in the next 90 days.',
    why: 'A small nudge is enough; a large discount is wasted.',
    advice: 'Show what is new and what goes with their last order.',
    needs: { buyers: true, predictions: true },
    definition: () => ({ fact: 'expected_orders_90d', op: 'gte', value: 1 }),
  },
  {
    key: 'library-most-likely-to-churn',
    name: 'Most likely to churn',
    who: 'Bought twice or more, and four in five such people will not buy in the next 90 days.',
    why: 'They were regulars; what a reason to return costs is less than a new customer.',
    advice: 'Ask what went wrong before offering anything.',
    needs: { buyers: true, predictions: true },
    definition: () => ({
      all: [
        { fact: 'orders', op: 'gte', value: 2 },
        { fact: 'churn_risk_90d', op: 'gte', value: 0.8 },
      ],
    }),
  },
  {
    key: 'library-high-predicted-value',
    name: 'High predicted value',
    who: 'Expected to bring more in the next twelve months than the top fifth has brought so far.',
    why: 'They are worth an effort before they have shown it.',
    advice: 'A personal welcome; the services that cost you time.',
    needs: { buyers: true, predictions: true },
    definition: ({ highSpend }) => ({
      all: [bought, { fact: 'predicted_value_12m', op: 'gte', value: Number(highSpend) }],
    }),
  },
];
