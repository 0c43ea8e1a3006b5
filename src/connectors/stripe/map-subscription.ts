import type { z } from 'zod';
import type { GivenIdentifier, MappedRecord } from '../contract.ts';
import { withoutUnset } from '../reading/answers.ts';
import { amountOf } from './money.ts';
import type { change, Subscription, SubscriptionItems } from './rows.ts';

type Event = Extract<MappedRecord, { type: 'event' }>;

/** Until the first payment it is an attempt. */
const NOT_BEGUN = new Set(['incomplete', 'incomplete_expired']);
const MONTHS: Record<string, number> = { day: 12 / 365, week: 12 / 52, month: 1, year: 12 };

export function mapSubscription(given: Subscription): MappedRecord[] {
  if (!given.customer || NOT_BEGUN.has(given.status)) return [];
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: given.customer }];
  const plan = planOf(given.items);
  const traits = withoutUnset({
    plan,
    subscriptionStatus: given.status,
    trialEndsAt: given.trial_end?.toISOString(),
    mrr: given.status === 'canceled' ? 0 : monthlyOf(given.items),
  });
  const changedAt = given._changed ?? given.ended_at ?? given.created;
  const person: MappedRecord = { type: 'person', key: '', identifiers, traits, changedAt, consents: [] };
  return [person, ...stepsOf(given, plan).map((step) => ({ ...step, identifiers }))];
}

/** A trial is no start: that is when it turns into a subscription that is paid for. */
function stepsOf(given: Subscription, plan: string | undefined): Omit<Event, 'identifiers'>[] {
  const { trial_start, trial_end, status } = given;
  const properties = withoutUnset({ subscription_id: given.id, plan, livemode: given.livemode });
  const about = { type: 'event' as const, properties };
  const endedAt = status === 'canceled' ? (given.ended_at ?? given.canceled_at ?? given.created) : null;
  const beganAt = trial_end ?? given.start_date ?? given.created;
  const hasBegun = status !== 'trialing' && !(endedAt && trial_end && endedAt <= trial_end);
  const why = withoutUnset({
    ...properties,
    reason: given.cancellation_details?.reason,
    feedback: given.cancellation_details?.feedback,
  });
  return [
    ...(trial_start ? [{ ...about, key: 'trial', name: 'trial_started', occurredAt: trial_start }] : []),
    ...(hasBegun ? [{ ...about, key: 'started', name: 'subscription_started', occurredAt: beganAt }] : []),
    ...(endedAt
      ? [{ ...about, key: 'cancelled', name: 'subscription_cancelled', occurredAt: endedAt, properties: why }]
      : []),
  ];
}

export function mapPlanChange(given: z.infer<typeof change>): MappedRecord[] {
  const { object, previous_attributes: before } = given.data;
  if (!object.customer) return [];
  const properties = withoutUnset({
    subscription_id: object.id,
    plan: planOf(object.items),
    previous_plan: before.items && planOf(before.items),
    mrr: monthlyOf(object.items),
    previous_mrr: before.items && monthlyOf(before.items),
    livemode: given.livemode,
  });
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: object.customer }];
  return [
    {
      type: 'event',
      key: 'changed',
      identifiers,
      name: 'subscription_changed',
      occurredAt: given.created,
      properties,
    },
  ];
}

function planOf({ data }: SubscriptionItems): string | undefined {
  const price = data[0]?.price;
  return price && (price.nickname ?? price.lookup_key ?? price.id);
}

/** What a month brings at this price; metered prices say nothing beforehand. */
function monthlyOf({ data }: SubscriptionItems): number {
  const monthly = data.reduce((sum, { price, quantity }) => {
    const months = (MONTHS[price.recurring?.interval ?? ''] ?? 1) * (price.recurring?.interval_count ?? 1);
    return sum + (Number(amountOf(price.unit_amount ?? 0, price.currency).value) * quantity) / months;
  }, 0);
  return Math.round(monthly * 100) / 100;
}
