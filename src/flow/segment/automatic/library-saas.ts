import { type LibraryEntry, recently } from './library-entry.ts';

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
