import { toEventName } from '../../../connectors/http-api/event-names.ts';
import type { Moment } from './moments.ts';
import type { Person, PersonEvent } from './person.ts';

/** The name an event is stored under: "Order Completed" is read as order_placed. */
export function canonicalEvent(name: string): string {
  return name === '*' ? name : toEventName(name);
}

/** A person's events of a name up to the moment, in order: by time, then by id. */
export function eventsOf(person: Person, name: string, moment: Moment): PersonEvent[] {
  const stored = canonicalEvent(name);
  return person.events
    .filter((each) => (stored === '*' || each.name === stored) && each.at <= moment.asOf.getTime())
    .sort(inOrder);
}

export function inOrder(a: PersonEvent, b: PersonEvent): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
