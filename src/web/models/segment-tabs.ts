/** The pages of one segment, in the order of the row above them. A new page is a line here. */
const TABS = [
  { part: 'overview', label: 'Overview', path: '' },
  { part: 'insights', label: 'Insights', path: '/insights' },
  { part: 'movement', label: 'Movement', path: '/movement' },
  { part: 'then', label: 'Time travel', path: '/then' },
  { part: 'versions', label: 'Versions', path: '/versions' },
  { part: 'by-hand', label: 'By hand', path: '/by-hand' },
] as const;

export type SegmentPart = (typeof TABS)[number]['part'];

/** What `views/_tabs.ejs` prints; `key` is the segment’s, `current` the page that is open. */
export function segmentTabs(key: string, current: SegmentPart) {
  const href = `/segments/${encodeURIComponent(key)}`;
  return TABS.map(({ part, label, path }) => ({
    label,
    href: `${href}${path}`,
    isCurrent: part === current,
  }));
}
