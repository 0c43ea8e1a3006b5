import { makeAds } from './business/ads.ts';
import { makeBlog } from './business/blog.ts';
import { makeLetter } from './business/letter.ts';
import { makeMagazine } from './business/magazine.ts';
import { addressAt, type DemoPerson, makePeople, PLANTED_INDEX } from './business/people.ts';
import { shopCalls, strangerCalls } from './business/shop.ts';
import type { ShopCall } from './business/shop-calls.ts';
import { ghost } from './vendors/ghost.ts';
import { mailchimp } from './vendors/mailchimp.ts';
import { meta } from './vendors/meta.ts';
import { startVendorServer, type VendorServer } from './vendors/server.ts';
import { wordpress } from './vendors/wordpress.ts';

/** One demo business: the moment its eighteen months end, and how many people it met. */
export type Demo = { anchor: Date; people: number };

export type DemoSource = { connector: string; name: string; settings: Record<string, unknown> };

/** Whom the systems know a person as. The same for the same number of people: nothing in it depends on the day. */
export type DemoTruth = {
  people: { userId: string | null; emails: string[]; name: string }[];
  /** The one whom shop, letter, magazine and blog know, under two addresses and several names. */
  planted: { userId: string; emails: string[] };
};

export const DEMO_BUSINESS = {
  name: 'Leaf & Bean (demo)',
  timezone: 'Europe/Berlin',
  currency: 'EUR',
  kind: 'shop' as const,
};

/** For each hundred people, as many who only looked. */
const STRANGERS_A_HUNDRED = 24;

/** The vendors of the demo business, as they stand eighteen months after it opened. */
export async function startDemoVendors({ anchor, people }: Demo, port = 0): Promise<VendorServer> {
  const known = makePeople(people, anchor);
  const vendors = {
    wordpress: wordpress(makeBlog(known, anchor)),
    ghost: ghost(makeMagazine(known, anchor)),
    mailchimp: mailchimp(makeLetter(known, anchor)),
    meta: meta(makeAds(known, anchor)),
  };
  return await startVendorServer(vendors, port);
}

/** How the sources of the demo are connected. The keys open nothing but the demo's own servers. */
export function listDemoSources(port: number): DemoSource[] {
  const at = (vendor: string) => `http://127.0.0.1:${port}/${vendor}`;
  const none: DemoPerson[] = [];
  const anchor = new Date(0);
  const ads = makeAds(none, anchor);
  const { accessToken, appSecret, adAccountId, pageId } = ads;
  return [
    {
      connector: 'wordpress',
      name: 'Blog',
      settings: {
        url: at('wordpress'),
        username: 'owner',
        applicationPassword: makeBlog(none, anchor).applicationPassword,
      },
    },
    {
      connector: 'ghost',
      name: 'Magazine',
      settings: { url: at('ghost'), adminApiKey: makeMagazine(none, anchor).adminApiKey },
    },
    {
      connector: 'mailchimp',
      name: 'Leaf letter',
      settings: { url: at('mailchimp'), apiKey: makeLetter(none, anchor).apiKey, audience: 'leafletter' },
    },
    {
      connector: 'meta-ads',
      name: 'Instagram and Facebook',
      settings: { url: at('meta'), accessToken, appSecret, adAccountId, pageId },
    },
  ];
}

/** What the shop tracked, oldest first, in bodies of `size` calls for the tracking API. */
export function* shopBatches({ anchor, people }: Demo, size = 500): Generator<{ batch: ShopCall[] }> {
  const calls = [
    ...makePeople(people, anchor).flatMap((person) => shopCalls(person, anchor)),
    ...Array.from({ length: (people / 100) * STRANGERS_A_HUNDRED }, (_, index) =>
      strangerCalls(index, anchor),
    ).flat(),
  ];
  calls.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  for (let start = 0; start < calls.length; start += size) yield { batch: calls.slice(start, start + size) };
}

export function demoTruth({ anchor, people }: Demo): DemoTruth {
  const known = makePeople(people, anchor);
  const planted = truthOf(known[PLANTED_INDEX]!);
  return { people: known.map(truthOf), planted: { userId: String(planted.userId), emails: planted.emails } };
}

/** Addresses as they are matched: small letters. */
function truthOf(person: DemoPerson): DemoTruth['people'][number] {
  const emails = new Set<string>();
  if (person.userId || person.isGuest) emails.add(person.email);
  if (person.userId && person.oldEmail) emails.add(person.oldEmail);
  if (person.readsLetter) emails.add(addressAt(person, 'letter').toLowerCase());
  if (person.readsMagazine) emails.add(addressAt(person, 'magazine').toLowerCase());
  if (person.hasBlogAccount || person.commentsAsGuest) emails.add(addressAt(person, 'blog').toLowerCase());
  if (person.leftLead) emails.add(addressAt(person, 'lead').toLowerCase());
  return { userId: person.userId, emails: [...emails], name: `${person.firstName} ${person.lastName}` };
}
