import type { Connector } from '../../connectors/contract.ts';
import type { Source } from '../../flow/collect/sources.ts';
import { plural } from './format.ts';

export type CatalogueCard = {
  href: string;
  name: string;
  summary: string;
  initials: string;
  /** How it comes: `Fetched`, `Webhook`. */
  ways: string[];
  /** How many are there already; null where none is. */
  connected: { label: string; href: string } | null;
  /** What a search looks into. */
  words: string;
};
export type CatalogueGroup = { key: string; title: string; cards: CatalogueCard[] };
export type FirstStep = { title: string; why: string; href: string; isDone: boolean };

type Category = Connector['category'];

const CATEGORIES: { key: Category; title: string }[] = [
  { key: 'shop', title: 'Shop' },
  { key: 'billing', title: 'Billing' },
  { key: 'email', title: 'E-mail' },
  { key: 'web', title: 'Web' },
  { key: 'signups', title: 'Signups' },
  { key: 'blog', title: 'Blog' },
  { key: 'ads', title: 'Ads' },
];

/** There from the start, and set up elsewhere: a second one would only part what belongs together. */
const BUILT_IN: Record<string, { href: string; way: string }> = {
  'http-api': { href: '/settings/keys', way: 'Sent by your site' },
  csv: { href: '/imports/new', way: 'Uploaded' },
};

/** What money, consent and behaviour come from; in this order each makes the next worth more. */
const FIRST: { title: string; why: string; of: Category[] }[] = [
  {
    title: 'Where people pay',
    why: 'Who is a good customer is a matter of orders.',
    of: ['shop', 'billing'],
  },
  { title: 'Where you write to them', why: 'Who agreed to it, who reads, who left.', of: ['email'] },
  { title: 'What they do on your site', why: 'What happens before somebody buys.', of: ['web', 'signups'] },
  { title: 'What you pay for ads', why: 'What it costs to win a customer.', of: ['ads'] },
];

/** Everything that can bring data in, by what it is for; `query` leaves those that have all its words. */
export function catalogueGroups(connectors: Connector[], sources: Source[], query: string): CatalogueGroup[] {
  return CATEGORIES.map(({ key, title }) => ({
    key,
    title,
    cards: connectors
      .filter((connector) => connector.category === key && bringsData(connector))
      .map((connector) => cardOf(connector, title, sources))
      .filter((card) => wordsOf(query).every((word) => card.words.includes(word))),
  })).filter((group) => group.cards.length > 0);
}

/** What to begin with; nothing once all of it is there. */
export function firstSteps(connectors: Connector[], sources: Source[]): FirstStep[] {
  const begun = new Set(sources.filter(hasBegun).map(({ connector }) => connector));
  const there = new Set(
    connectors.filter((one) => bringsData(one) && begun.has(one.key)).map(({ category }) => category),
  );
  const steps = FIRST.map(({ title, why, of }) => ({
    title,
    why,
    href: `#${of[0]}`,
    isDone: of.some((category) => there.has(category)),
  }));
  return steps.every(({ isDone }) => isDone) ? [] : steps;
}

/** One that a person connects here: it is asked, or it calls. */
export function isConnectable(connector: Connector): boolean {
  return connector.streams.length > 0 || connector.hooks !== undefined;
}

/** `SC` of Search Console, `Ma` of Mailchimp: drawn by us, as the marks of vendors are theirs. */
export function initialsOf(name: string): string {
  const [first = '', second] = name.split(/\s+/);
  return second && /^[A-Z]/.test(second) ? `${first[0]}${second[0]}` : first.slice(0, 2);
}

/** How its data come, for the eye. */
export function waysOf(connector: Connector): string[] {
  const builtIn = BUILT_IN[connector.key];
  return [
    ...(builtIn ? [builtIn.way] : []),
    ...(connector.streams.length > 0 ? ['Fetched'] : []),
    ...(connector.hooks ? ['Webhook'] : []),
    ...(connector.push ? ['Takes segments'] : []),
  ];
}

function bringsData(connector: Connector): boolean {
  return isConnectable(connector) || connector.key in BUILT_IN;
}

/** Tracking and files are there from the start: they count once something came. */
function hasBegun(source: Source): boolean {
  return !(source.connector in BUILT_IN) || source.lastHeardAt !== null;
}

function cardOf(connector: Connector, category: string, sources: Source[]): CatalogueCard {
  const { name, summary } = connector;
  const ways = waysOf(connector);
  const streams = connector.streams.map(({ title }) => title);
  return {
    href: BUILT_IN[connector.key]?.href ?? `/sources/new/${connector.key}`,
    name,
    summary,
    initials: initialsOf(name),
    ways,
    connected: connectedOf(
      sources.filter((source) => source.connector === connector.key && hasBegun(source)),
    ),
    words: [name, summary, category, ...ways, ...streams].join(' ').toLowerCase(),
  };
}

function connectedOf(sources: Source[]): CatalogueCard['connected'] {
  const [only] = sources;
  if (!only) return null;
  return sources.length === 1
    ? { label: 'Connected', href: `/sources/${only.id}` }
    : { label: `${plural(sources.length, 'connection')}`, href: '/sources' };
}

function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}
