import { PRODUCTS, type Product } from './names.ts';
import type { DemoPerson } from './people.ts';
import { createRandom, type Random } from './random.ts';
import { identify, NO_ORIGIN, pageCall, type ShopCall, track, withUser } from './shop-calls.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Everything one person did in the shop, in order. */
export function shopCalls(person: DemoPerson, anchor: Date): ShopCall[] {
  if (!person.userId && !person.isGuest) return [];
  const random = createRandom(`shop ${person.index}`);
  const life: Life = { person, anchor, random, calls: [], orders: 0, habit: habitOf(random) };
  const until = Math.min(anchor.getTime(), person.firstSeenAt + random.wait(300 * DAY_MS) + 2 * DAY_MS);
  let at = person.firstSeenAt;
  for (let visit = 0; at < until; visit++) {
    makeVisit(life, at, visit);
    at += HOUR_MS + random.wait(life.habit.daysBetween * DAY_MS);
  }
  return life.calls.filter((call) => Date.parse(call.timestamp) <= anchor.getTime());
}

/** Who only looked: known by a cookie and nothing else. */
export function strangerCalls(index: number, anchor: Date): ShopCall[] {
  const random = createRandom(`stranger ${index}`);
  const start = anchor.getTime() - random.next() * 400 * DAY_MS;
  const pages = random.whole(1, 4);
  return Array.from({ length: pages }, (_, page) =>
    pageCall(`s${index}-${page}`, `visitor-${index}`, start + page * 40_000, random, NO_ORIGIN),
  ).filter((call) => Date.parse(call.timestamp) <= anchor.getTime());
}

type Habit = { daysBetween: number; buys: number; likesDiscounts: boolean };
type Life = {
  person: DemoPerson;
  anchor: Date;
  random: Random;
  calls: ShopCall[];
  orders: number;
  habit: Habit;
};

/** A few come every week, most now and then; a third never buy. */
function habitOf(random: Random): Habit {
  const daysBetween = random.pick([9, 20, 35, 35, 60, 60, 90]);
  const buys = random.chance(0.3) ? 0.01 : 0.15 + random.next() * 0.4;
  return { daysBetween, buys, likesDiscounts: random.chance(0.2) };
}

function makeVisit(life: Life, start: number, visit: number): void {
  const { person, random, calls } = life;
  const device = `device-${person.index}-${random.chance(0.85) ? 'a' : 'b'}`;
  const pages = random.whole(1, 4);
  const id = `p${person.index}-${visit}`;
  const origin =
    visit === 0
      ? person.origin
      : random.chance(0.2)
        ? { ...NO_ORIGIN, source: 'newsletter', medium: 'email', campaign: 'Letter' }
        : NO_ORIGIN;
  for (let page = 0; page < pages; page++) {
    calls.push(
      withUser(
        pageCall(`${id}-${page}`, device, start + page * 50_000, random, page === 0 ? origin : NO_ORIGIN),
        person,
        visit > 0,
      ),
    );
  }
  const after = start + pages * 50_000;
  if (visit === 0 && person.userId) signUp(life, device, after);
  if (random.chance(life.habit.buys) || (visit === 0 && person.isGuest)) order(life, device, after + 120_000);
}

function signUp({ person, random, calls, anchor }: Life, device: string, at: number): void {
  const email = person.oldEmail ?? person.email;
  calls.push(identify(person, device, at, email, 'join'));
  calls.push(track(person, device, at + 1000, 'signed_up', { plan: 'shop account' }));
  const consent = {
    channel: 'email',
    topic: 'newsletter',
    text: 'Yes, write to me about tea, coffee and offers.',
  };
  if (random.chance(0.55)) calls.push(track(person, device, at + 2000, 'consent_granted', consent));
  if (!person.oldEmail) return;
  const changedAt = Math.min(at + random.wait(90 * DAY_MS) + DAY_MS, (at + anchor.getTime()) / 2);
  calls.push(identify(person, device, changedAt, person.email, 'moved'));
}

function order(life: Life, device: string, at: number): void {
  const { person, random, calls, habit } = life;
  if (!person.userId) calls.push(identify(person, device, at - 1000, person.email, `guest-${life.orders}`));
  const products = Array.from({ length: random.whole(1, 3) }, () => ({
    ...chooseProduct(random, person),
    quantity: random.whole(1, 2),
  }));
  const full = products.reduce((sum, product) => sum + product.price * product.quantity, 0);
  const coupon = habit.likesDiscounts || random.chance(0.08) ? 'LEAF10' : null;
  const value = cents(coupon ? full * 0.9 : full);
  const order_id = `L${100_000 + person.index * 40 + life.orders}`;
  const properties = {
    order_id,
    value,
    currency: 'EUR',
    products,
    ...(coupon ? { coupon, discount: cents(full - value) } : {}),
  };
  calls.push(track(person, device, at, 'order_placed', properties));
  life.orders++;
  if (random.chance(0.04))
    calls.push(
      track(person, device, at + 5 * DAY_MS, 'order_refunded', { order_id, value, currency: 'EUR' }),
    );
}

function chooseProduct(random: Random, { likes }: DemoPerson): Product {
  const kind = random.chance(0.15) ? 'ware' : likes;
  return random.pick(PRODUCTS.filter((product) => product.kind === kind));
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
