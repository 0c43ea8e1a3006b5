import { DONE_TO_PEOPLE } from '../../score/done-to-people.ts';
import type { Person, PersonEvent } from '../rules/person.ts';
import { roundAway, type Value } from '../rules/values.ts';

type Facts = Person['facts'];
const ONE = 1_000_000n;
const DAY_MS = 86_400_000n;
/** A visit begins with a view that comes so long after the one before. */
const VISIT_MS = 30 * 60_000;

const COUNTED: Record<string, string> = {
  order_placed: 'orders',
  page_viewed: 'page_views',
  email_sent: 'emails_sent',
  email_opened: 'emails_opened',
  email_clicked: 'emails_clicked',
};
const VIEWS = ['page_viewed', 'screen_viewed'];

/** The facts after one more event, the latest of all. Not foreseen: what scores say, and channels by their tags. */
export function factsAfter({ facts, events }: Person, event: PersonEvent): Facts {
  const at = new Date(event.at).toISOString();
  const counted = COUNTED[event.name];
  const seen = DONE_TO_PEOPLE.includes(event.name) ? facts : { ...facts, last_seen_at: at };
  const after = counted ? { ...seen, [counted]: numberIn(seen, counted) + ONE } : seen;
  if (VIEWS.includes(event.name)) return { ...after, ...visitAfter(after, events, event.at) };
  if (event.name === 'email_opened') return { ...after, last_opened_at: at };
  if (event.name === 'signed_up') return { ...after, signed_up_at: facts.signed_up_at ?? at };
  if (event.name === 'order_placed') return withMoney(withOrder(after, at), event.value ?? 0n);
  return event.name === 'order_refunded' ? withMoney(after, -(event.value ?? 0n)) : after;
}

/** Coming back by typing the address is no new channel. */
function visitAfter(facts: Facts, events: PersonEvent[], at: number): Facts {
  const isOneVisit = events.some(
    (each) => VIEWS.includes(each.name) && each.at <= at && at - each.at < VISIT_MS,
  );
  return {
    sessions: numberIn(facts, 'sessions') + (isOneVisit ? 0n : ONE),
    first_channel: facts.first_channel ?? 'direct',
    last_channel: facts.last_channel ?? 'direct',
  };
}

function withOrder(facts: Facts, at: string): Facts {
  const first = facts.first_order_at ?? at;
  const gaps = numberIn(facts, 'orders') / ONE - 1n;
  const ms = BigInt(Date.parse(at) - Date.parse(String(first)));
  const gap = gaps > 0n ? roundAway(ms * ONE, DAY_MS * gaps) : null;
  return { ...facts, first_order_at: first, last_order_at: at, order_gap_days: gap };
}

/** Where there is no order, there is no average of them. */
function withMoney(facts: Facts, more: bigint): Facts {
  const net = numberIn(facts, 'net_revenue') + more;
  const orders = numberIn(facts, 'orders');
  const size = orders > 0n ? roundAway((net < 0n ? -net : net) * ONE, orders) : null;
  return { ...facts, net_revenue: net, average_order: size !== null && net < 0n ? -size : size };
}

function numberIn(facts: Facts, name: string): bigint {
  const known: Value | undefined = facts[name];
  return typeof known === 'bigint' ? known : 0n;
}
