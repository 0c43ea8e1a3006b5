import type { Item } from '../contract.ts';
import { versionAt } from '../reading/versions.ts';
import type { Kind } from './kinds.ts';
import type { Event, Row } from './rows.ts';

/**
 * Nothing at Stripe says when it last changed. A row of a list is as it was when Stripe was asked, so that is its
 * version; one that an event told of is as new as the newest event, and keeps that time as its own.
 */
export function listedItem({ stream }: Kind, row: Row, askedAt: number): Item {
  return { stream, externalId: row.id, version: versionAt(new Date(askedAt * 1000), row), payload: row };
}

export function changedItem({ stream }: Kind, row: Row, toldAt: number): Item {
  const version = versionAt(new Date(toldAt * 1000), row);
  return { stream, externalId: row.id, version, payload: { ...row, _changed: toldAt } };
}

export function deletedItem({ stream }: Kind, id: string, toldAt: number): Item {
  const payload = { id, deleted: true };
  return { stream, externalId: id, version: versionAt(new Date(toldAt * 1000), payload), payload };
}

/** A change of plan is in the event alone: the subscription itself remembers no earlier one. */
export function planChangeItems(told: Event): Item[] {
  const before = told.data.previous_attributes ?? {};
  const isChange = told.type === 'customer.subscription.updated' && 'items' in before;
  if (!isChange) return [];
  const { id, created, livemode, data } = told;
  const { id: subscription, customer, items } = data.object;
  const object = { id: subscription, customer, items };
  const payload = { id, created, livemode, data: { object, previous_attributes: { items: before.items } } };
  return [{ stream: 'subscription_changes', externalId: id, version: '', payload }];
}
