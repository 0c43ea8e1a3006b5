import { type EventConditions, holdWhere } from './rules/event.ts';
import { eventsOf } from './rules/events.ts';
import type { FactName } from './rules/fact-names.ts';
import type { Setting } from './rules/kind.ts';
import type { Leaf } from './rules/node.ts';
import type { Person, PersonEvent } from './rules/person.ts';
import { boundsOf, isWithin, type Window } from './rules/windows.ts';

/** The events of a person that a condition looked at and found as asked, in order. */
export function eventsBehind(leaf: Leaf, person: Person, setting: Setting): PersonEvent[] {
  if ('event' in leaf) {
    const known = eventsOf(person, leaf.event, setting);
    const looked = leaf.first ? known.slice(0, 1) : leaf.last ? known.slice(-1) : known;
    return asked(looked, leaf, leaf.within, setting);
  }
  if ('sequence' in leaf)
    return leaf.sequence.flatMap((step, index) =>
      asked(eventsOf(person, step.event, setting), step, index === 0 ? leaf.within : undefined, setting),
    );
  if ('fact' in leaf) return eventsOf(person, EVENT_OF[leaf.fact] ?? '', setting);
  if (!('source' in leaf)) return [];
  const id = setting.known.sources.get(leaf.source);
  return eventsOf(person, '*', setting).filter((each) => each.sourceId === id);
}

/** What the facts are computed from. */
const EVENT_OF: Partial<Record<FactName, string>> = {
  orders: 'order_placed',
  net_revenue: 'order_placed',
  average_order: 'order_placed',
  first_order_at: 'order_placed',
  last_order_at: 'order_placed',
  page_views: 'page_viewed',
  emails_sent: 'email_sent',
  emails_opened: 'email_opened',
  emails_clicked: 'email_clicked',
  last_opened_at: 'email_opened',
  signed_up_at: 'signed_up',
};

function asked(
  events: PersonEvent[],
  conditions: EventConditions,
  within: Window | undefined,
  setting: Setting,
): PersonEvent[] {
  return events.filter(
    (each) =>
      (!within || isWithin(each.at, boundsOf(within, setting))) && holdWhere(conditions, each, setting),
  );
}
