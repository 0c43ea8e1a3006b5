import { FIRST_NAMES, LAST_NAMES, MAIL_HOSTS, PLACES } from './names.ts';
import { createRandom, type Random } from './random.ts';

/** How somebody came: what a link or an ad said, or nothing. */
export type Origin = {
  source: string | null;
  medium: string | null;
  campaign: string | null;
  referrer: string | null;
};

/** One person as they are: what no single system knows. */
export type DemoPerson = {
  index: number;
  firstName: string;
  lastName: string;
  shortName: string;
  /** The address of today, and the one before for whoever changed it. */
  email: string;
  oldEmail: string | null;
  phone: string;
  place: (typeof PLACES)[number];
  likes: 'tea' | 'coffee';
  firstSeenAt: number;
  origin: Origin;
  /** Null: buys as a guest, or never came to the shop. */
  userId: string | null;
  isGuest: boolean;
  readsLetter: boolean;
  readsMagazine: boolean;
  hasBlogAccount: boolean;
  commentsAsGuest: boolean;
  leftLead: boolean;
};

const DAY_MS = 86_400_000;
/** Eighteen months. */
export const SPAN_MS = 548 * DAY_MS;
/** Whoever came last has had time to sign up everywhere. */
const LATEST_MS = 2 * DAY_MS;

const ORIGINS: readonly [number, Origin][] = [
  [0.3, { source: null, medium: null, campaign: null, referrer: null }],
  [0.55, { source: null, medium: null, campaign: null, referrer: 'https://www.google.com/' }],
  [
    0.73,
    {
      source: 'meta',
      medium: 'paid_social',
      campaign: 'Autumn leaves',
      referrer: 'https://www.instagram.com/',
    },
  ],
  [
    0.82,
    { source: 'meta', medium: 'paid_social', campaign: 'First flush', referrer: 'https://www.facebook.com/' },
  ],
  [0.9, { source: 'google', medium: 'cpc', campaign: 'Loose leaf tea', referrer: 'https://www.google.com/' }],
  [1, { source: 'blog', medium: 'referral', campaign: null, referrer: 'https://blog.leafandbean.example/' }],
];

/** The one whom four systems know, under two addresses and three names. */
export const PLANTED_INDEX = 7;

/** Everybody the business met in the eighteen months before `anchor`. */
export function makePeople(count: number, anchor: Date): DemoPerson[] {
  return Array.from({ length: count }, (_, index) =>
    index === PLANTED_INDEX ? plant(anchor) : makePerson(index, anchor),
  );
}

function makePerson(index: number, anchor: Date): DemoPerson {
  const random = createRandom(`person ${index}`);
  const [firstName, shortName] = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES);
  const place = random.pick(PLACES);
  const isShopper = random.chance(0.72);
  const hasAccount = isShopper && random.chance(0.8);
  const person: DemoPerson = {
    index,
    firstName,
    lastName,
    shortName,
    email: address(random, firstName, lastName, index),
    oldEmail:
      hasAccount && random.chance(0.08) ? `${plain(shortName)}${index}@${random.pick(MAIL_HOSTS)}` : null,
    phone: `${place.prefix}${1_000_000 + index * 7}`,
    place,
    likes: random.chance(0.6) ? 'tea' : 'coffee',
    firstSeenAt: anchor.getTime() - LATEST_MS - (SPAN_MS - LATEST_MS) * random.next() ** 0.8,
    origin: originAt(random.next()),
    userId: hasAccount ? `cust-${String(index).padStart(5, '0')}` : null,
    isGuest: isShopper && !hasAccount,
    readsLetter: random.chance(0.5),
    readsMagazine: random.chance(0.28),
    hasBlogAccount: random.chance(0.1),
    commentsAsGuest: random.chance(0.05),
    leftLead: random.chance(0.06),
  };
  return isKnownSomewhere(person) ? person : { ...person, readsLetter: true };
}

function plant(anchor: Date): DemoPerson {
  return {
    ...makePerson(PLANTED_INDEX, anchor),
    firstName: 'Adelheid',
    shortName: 'Ada',
    lastName: 'Sommer',
    email: 'ada.sommer@inbox.example',
    oldEmail: 'adelheid@kontor.example',
    firstSeenAt: anchor.getTime() - 400 * DAY_MS,
    origin: ORIGINS[2]![1],
    userId: 'cust-00007',
    isGuest: false,
    readsLetter: true,
    readsMagazine: true,
    hasBlogAccount: true,
    commentsAsGuest: false,
    leftLead: false,
  };
}

/** The address a system has: the old one where they signed up before they changed it, and as people type. */
export function addressAt(person: DemoPerson, system: 'letter' | 'magazine' | 'blog' | 'lead'): string {
  const isOld = person.oldEmail !== null && (system === 'letter' || system === 'lead');
  const email = isOld && person.oldEmail ? person.oldEmail : person.email;
  return createRandom(`typing ${system} ${person.index}`).chance(0.15) ? email.toUpperCase() : email;
}

function originAt(share: number): Origin {
  return ORIGINS.find(([upTo]) => share < upTo)?.[1] ?? ORIGINS[0]![1];
}

function isKnownSomewhere(person: DemoPerson): boolean {
  const { userId, isGuest, readsLetter, readsMagazine, hasBlogAccount, commentsAsGuest, leftLead } = person;
  return (
    userId !== null ||
    isGuest ||
    readsLetter ||
    readsMagazine ||
    hasBlogAccount ||
    commentsAsGuest ||
    leftLead
  );
}

function address(random: Random, firstName: string, lastName: string, index: number): string {
  const [first, last] = [plain(firstName), plain(lastName)];
  const name = random.pick([`${first}.${last}`, `${first[0]}${last}`, `${last}.${first}`, first]);
  return `${name}${index}@${random.pick(MAIL_HOSTS)}`;
}

/** As in an address: small letters without marks. */
function plain(name: string): string {
  const folded = name.toLowerCase().replaceAll('ø', 'o').replaceAll('ł', 'l').replaceAll('ı', 'i');
  return folded.normalize('NFD').replace(/[^a-z]/g, '');
}
