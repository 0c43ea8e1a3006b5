import { z } from 'zod';
import type { Audience } from '../../../connectors/audience.ts';
import type { Connector } from '../../../connectors/contract.ts';
import { listConnectors } from '../../../connectors/registry.ts';
import { audienceOf, takesSegments } from '../../../flow/send/destinations.ts';
import { initialsOf } from '../../models/catalogue.ts';
import { page } from '../../page.ts';

const GROUPS: { key: string; categories: Connector['category'][]; title: string }[] = [
  { key: 'email', categories: ['email'], title: 'E-mail' },
  { key: 'ads', categories: ['ads'], title: 'Ads' },
  { key: 'web', categories: ['web', 'signups', 'blog', 'shop', 'billing'], title: 'Your own systems' },
];

/** Where a segment can go, found by name or by what it is there. */
export const newDestination = page({
  query: z.strictObject({ segment: z.string().max(200).optional(), q: z.string().max(100).optional() }),
  handle: ({ query: { segment = '', q = '' } }) => {
    const found = listConnectors().filter((connector) => takesSegments(connector) && fits(connector, q));
    const suffix = segment === '' ? '' : `?segment=${encodeURIComponent(segment)}`;
    const groups = GROUPS.map(({ key, categories, title }) => ({
      key,
      title,
      cards: found
        .filter(({ category }) => categories.includes(category))
        .map((connector) => ({
          href: `/destinations/new/${connector.key}${suffix}`,
          name: connector.name,
          initials: initialsOf(connector.name),
          summary: audienceOf(connector).summary,
          words: wordsOf(connector),
          ways: tagsOf(audienceOf(connector)),
        })),
    }));
    return {
      view: 'destinations/gallery',
      title: 'Add a destination',
      crumbs: [{ label: 'Destinations', href: '/destinations' }, { label: 'New' }],
      model: { q, segment, groups: groups.filter(({ cards }) => cards.length > 0) },
    };
  },
});

function fits(connector: Connector, q: string): boolean {
  const words = wordsOf(connector);
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

/** A vendor is found by what one would call the thing, too. */
function wordsOf(connector: Connector): string {
  const { summary, noun } = audienceOf(connector);
  return `${connector.name} ${summary} ${noun}`.toLowerCase();
}

function tagsOf({ noun, isForAds, minimum }: Audience): string[] {
  return [
    `as a ${noun}`,
    ...(isForAds ? ['hashed', 'minds consent to ads'] : []),
    ...(minimum ? [`from about ${minimum.people} people`] : []),
  ];
}
