import type { Scope } from '../../../db/doors.ts';
import { getSegment } from '../../../flow/segment/segments.ts';
import { listUses, type SegmentUse } from '../../../reports/segment-uses.sql.ts';
import type { ViewAnswer } from '../../answers.ts';
import { useLink } from './health.ts';

type Wish = { key: string; title: string; kinds: SegmentUse['kind'][] };

/** What stands in the way of removing a segment or switching it off: all of it at once, with the way there and back. */
export async function findInTheWay({ db, workspace }: Scope, wish: Wish): Promise<ViewAnswer | null> {
  const segment = await getSegment(db, workspace.id, wish.key);
  const uses = await listUses(db, { workspaceId: workspace.id, key: segment.key });
  const inTheWay = uses.filter((use) => wish.kinds.includes(use.kind) && use.id !== segment.key);
  if (inTheWay.length === 0) return null;
  const href = `/segments/${encodeURIComponent(segment.key)}`;
  return {
    view: 'segments/in-use',
    status: 409,
    title: wish.title,
    crumbs: [{ label: 'Segments', href: '/segments' }, { label: segment.name, href }, { label: 'In use' }],
    model: { name: segment.name, href, uses: inTheWay.map((use) => useLink(use, true)) },
  };
}
