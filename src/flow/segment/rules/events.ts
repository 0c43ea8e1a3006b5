import { toEventName } from '../../../connectors/http-api/event-names.ts';
import type { Moment } from './moments.ts';
import type { Person, PersonEvent } from './person.ts';

/** The name an event is stored under: "Order Completed" is read as order_placed. */
export function canonicalEvent(name: string): string {
  return name === '*' ? name : toEventName(name);
}

/** By name and in order, kept with the list of a person's events, which is never changed once it is asked. */
const KNOWN = new WeakMap<PersonEvent[], Map<string, PersonEvent[]>>();

/** A person's events of a name up to the moment, in order: by time, then by id. */
export function eventsOf(person: Person, name: string, moment: Moment): PersonEvent[] {
  const named = eventsNamed(person.events, canonicalEvent(name));
  return named.slice(0, countUntil(named, moment.asOf.getTime()));
}

/** Sorted once however many rules and moments ask: somebody may have tens of thousands. */
function eventsNamed(events: PersonEvent[], stored: string): PersonEvent[] {
  const known = KNOWN.get(events) ?? new Map<string, PersonEvent[]>();
  KNOWN.set(events, known);
  const named =
    known.get(stored) ?? events.filter((each) => stored === '*' || each.name === stored).sort(inOrder);
  known.set(stored, named);
  return named;
}

/** How many of a list in order are not after a moment. */
function countUntil(events: PersonEvent[], at: number): number {
  let [from, to] = [0, events.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (events[middle]!.at <= at) from = middle + 1;
    else to = middle;
  }
  return from;
}

export function inOrder(a: PersonEvent, b: PersonEvent): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
