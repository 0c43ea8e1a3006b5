import type { DemoPerson, Origin } from './people.ts';
import type { Random } from './random.ts';

/** A call of the tracking API, as the shop's SDK would make it. */
export type ShopCall = {
  type: 'page' | 'track' | 'identify';
  messageId: string;
  timestamp: string;
  anonymousId: string;
  userId?: string;
  event?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
  context: Record<string, unknown>;
};

const SITE = 'https://shop.leafandbean.example';
const PATHS = [
  '/',
  '/tea',
  '/coffee',
  '/tea/sencha',
  '/coffee/house-espresso',
  '/ware',
  '/gifts',
  '/about',
  '/cart',
];

export const NO_ORIGIN: Origin = { source: null, medium: null, campaign: null, referrer: null };

export function pageCall(
  id: string,
  anonymousId: string,
  at: number,
  random: Random,
  origin: Origin,
): ShopCall {
  const path = random.pick(PATHS);
  const page = {
    path,
    url: `${SITE}${path}`,
    title: path === '/' ? 'Leaf & Bean' : path.slice(1),
    referrer: origin.referrer ?? '',
  };
  const campaign = origin.source
    ? {
        campaign: {
          source: origin.source,
          medium: origin.medium,
          ...(origin.campaign ? { name: origin.campaign } : {}),
        },
      }
    : {};
  return {
    type: 'page',
    messageId: `demo-page-${id}`,
    timestamp: iso(at),
    anonymousId,
    properties: page,
    context: { page, ...campaign },
  };
}

export function withUser(call: ShopCall, { userId }: DemoPerson, isSignedIn: boolean): ShopCall {
  return userId && isSignedIn ? { ...call, userId } : call;
}

export function track(
  person: DemoPerson,
  anonymousId: string,
  at: number,
  event: string,
  properties: Record<string, unknown>,
): ShopCall {
  const messageId = `demo-${event}-${person.index}-${Math.round(at)}`;
  return withUser(
    { type: 'track', messageId, timestamp: iso(at), anonymousId, event, properties, context: {} },
    person,
    true,
  );
}

export function identify(
  person: DemoPerson,
  anonymousId: string,
  at: number,
  email: string,
  why: string,
): ShopCall {
  const { firstName, lastName, phone, place } = person;
  const traits = {
    email,
    firstName,
    lastName,
    phone,
    country: place.country,
    city: place.city,
    language: place.language,
  };
  const call: ShopCall = {
    type: 'identify',
    messageId: `demo-identify-${person.index}-${why}`,
    timestamp: iso(at),
    anonymousId,
    traits,
    context: {},
  };
  return withUser(call, person, true);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
