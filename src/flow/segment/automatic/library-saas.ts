import { isLatest, type LibraryEntry, recently } from './library-entry.ts';

const subscribed = {
  all: [{ event: 'subscription_started' }, isLatest('subscription_started', 'subscription_cancelled')],
};

/** Segments of a subscription business. */
export const SAAS_LIBRARY: LibraryEntry[] = [
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
    key: 'library-activated',
    name: 'Activated',
    who: 'Signed up or started a trial in the last 30 days, and came back for three visits or more.',
    why: 'Those who return in their first weeks are those who stay.',
    advice: 'Show the next thing worth learning; ask for the first colleague.',
    needs: { events: ['trial_started', 'subscription_started'], also: ['page_viewed', 'screen_viewed'] },
    definition: () => ({
      all: [
        { any: [recently('trial_started', 30), recently('signed_up', 30)] },
        { fact: 'sessions', op: 'gte', value: 3 },
      ],
    }),
  },
  {
    key: 'library-dormant-account',
    name: 'Dormant account',
    who: 'Pays for a subscription and was not seen for 30 days.',
    why: 'Whoever pays and does not use it cancels at the next invoice.',
    advice: 'Show one use that takes two minutes; offer a call.',
    needs: { events: ['subscription_started'] },
    definition: () => ({
      all: [subscribed, { none: [{ fact: 'last_seen_at', op: 'within', value: { last: '30d' } }] }],
    }),
  },
  {
    key: 'library-expansion-ready',
    name: 'Expansion ready',
    who: 'Pays for a subscription and used it on twenty or more pages in the last 30 days.',
    why: 'They have grown into it; the larger plan is a help, not a sale.',
    advice: 'Show what the next plan would save them, in their own figures.',
    needs: { events: ['subscription_started'], also: ['page_viewed', 'screen_viewed'] },
    definition: () => ({
      all: [
        subscribed,
        {
          any: [
            { event: 'page_viewed', count: { op: 'gte', value: 20 }, within: { last: '30d' } },
            { event: 'screen_viewed', count: { op: 'gte', value: 20 }, within: { last: '30d' } },
          ],
        },
      ],
    }),
  },
  {
    key: 'library-past-due',
    name: 'Past due',
    who: 'A payment failed in the last 30 days and none was made since.',
    why: 'Most such losses are an expired card, not a decision.',
    advice: 'A plain note with the link to change the card.',
    needs: { events: ['payment_failed'] },
    definition: () => ({
      all: [recently('payment_failed', 30), isLatest('payment_failed', 'invoice_paid', 30)],
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
        isLatest('subscription_cancelled', 'subscription_started', 180),
      ],
    }),
  },
];
