import type { Connector } from '../../../connectors/contract.ts';
import { listConnectors } from '../../../connectors/registry.ts';
import { page } from '../../page.ts';

const CATEGORIES: { key: Connector['category']; title: string }[] = [
  { key: 'blog', title: 'Blog' },
  { key: 'signups', title: 'Signups' },
  { key: 'email', title: 'E-mail' },
  { key: 'ads', title: 'Ads' },
  { key: 'shop', title: 'Shop' },
  { key: 'billing', title: 'Billing' },
  { key: 'web', title: 'Web' },
];

/** What can be connected, by what it is for. */
export const showGallery = page({
  handle: () => {
    const connectors = listConnectors().filter(isConnectable);
    const categories = CATEGORIES.map(({ key, title }) => ({
      title,
      connectors: connectors
        .filter((connector) => connector.category === key)
        .map(({ key, name, summary }) => ({ href: `/sources/new/${key}`, name, summary })),
    }));
    return {
      view: 'sources/gallery',
      title: 'Connect a source',
      crumbs: [{ label: 'Sources', href: '/sources' }, { label: 'Connect' }],
      model: { categories: categories.filter((category) => category.connectors.length > 0) },
    };
  },
});

/** Tracking and CSV are there from the start; a second one would only part what belongs together. */
export function isConnectable(connector: Connector): boolean {
  return connector.streams.length > 0 || connector.hooks !== undefined;
}
