import { z } from 'zod';
import type { Audience, Connector } from '../../../connectors/contract.ts';
import { listConnectors } from '../../../connectors/registry.ts';
import { audienceOf, takesSegments } from '../../../flow/send/destinations.ts';
import { page } from '../../page.ts';

const CATEGORIES: { keys: Connector['category'][]; title: string }[] = [
  { keys: ['email'], title: 'E-mail' },
  { keys: ['ads'], title: 'Ads' },
  { keys: ['web', 'signups', 'blog', 'shop', 'billing'], title: 'Your own systems' },
];

/** Where a segment can go, found by name or by what it is there. */
export const newDestination = page({
  query: z.strictObject({ segment: z.string().max(200).optional(), q: z.string().max(100).optional() }),
  handle: ({ query: { segment = '', q = '' } }) => {
    const found = listConnectors().filter((connector) => takesSegments(connector) && fits(connector, q));
    const suffix = segment === '' ? '' : `?segment=${encodeURIComponent(segment)}`;
    const categories = CATEGORIES.map(({ keys, title }) => ({
      title,
      connectors: found
        .filter(({ category }) => keys.includes(category))
        .map((connector) => ({
          href: `/destinations/new/${connector.key}${suffix}`,
          name: connector.name,
          summary: audienceOf(connector).summary,
          tags: tagsOf(audienceOf(connector)),
        })),
    }));
    return {
      view: 'destinations/gallery',
      title: 'Add a destination',
      crumbs: [{ label: 'Destinations', href: '/destinations' }, { label: 'New' }],
      model: { q, segment, categories: categories.filter(({ connectors }) => connectors.length > 0) },
    };
  },
});

/** A vendor is found by what one would call the thing, too. */
function fits(connector: Connector, q: string): boolean {
  const { summary, noun } = audienceOf(connector);
  const text = `${connector.name} ${summary} ${noun}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function tagsOf({ noun, isForAds, minimum }: Audience): string[] {
  return [
    `as a ${noun}`,
    ...(isForAds ? ['hashed', 'minds consent to ads'] : []),
    ...(minimum ? [`from about ${minimum.people} people`] : []),
  ];
}
