import { z } from 'zod';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import { findInsights } from '../../../flow/segment/insights.ts';
import { getSegment, listSegments, type Segment } from '../../../flow/segment/segments.ts';
import { renewInsights } from '../../../tasks/insights.ts';
import { figureRows, overlapRows } from '../../models/segment-figures.ts';
import { insightsModel } from '../../models/segment-insights.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { page } from '../../page.ts';

const params = z.strictObject({ key: z.string().max(200) });

/** What a segment is made of, against everyone: what stands out, its money and letters, what else its members are in. */
export const showInsights = page({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const segment = await getSegment(scope.db, scope.workspace.id, request.params.key);
      const href = `/segments/${encodeURIComponent(segment.key)}`;
      return {
        view: 'segments/insights',
        title: `${segment.name}: insights`,
        crumbs: [
          { label: 'Segments', href: '/segments' },
          { label: segment.name, href },
          { label: 'Insights' },
        ],
        model: {
          tabs: segmentTabs(segment.key, 'insights'),
          href,
          canAsk: request.user.role !== 'viewer' && segment.size !== null,
          isCounted: segment.size !== null,
          found: await foundIn(scope, segment),
        },
      };
    }),
});

/** Works it out now instead of in the night. */
export const askInsights = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    await renewInsights(request.pipeline, request.workspace.id, request.params.key);
    return {
      redirect: `/segments/${encodeURIComponent(request.params.key)}/insights`,
      flash: 'Worked out from the people as they are now.',
    };
  },
});

async function foundIn({ db, workspace }: Scope, segment: Segment) {
  const insights = await findInsights(db, workspace.id, segment.key);
  if (!insights) return null;
  const sources = await listSources(db, workspace.id);
  const others = await listSegments(db, workspace.id);
  return {
    ...insightsModel(insights, {
      key: segment.key,
      zone: workspace.timezone,
      sources: new Map(sources.map(({ id, name }) => [id, name])),
      inRule: namesIn(segment.definition),
    }),
    figures: figureRows(insights, workspace.currency),
    overlaps: overlapRows(insights, segment.key, new Map(others.map(({ key, name }) => [key, name]))),
  };
}

/** Names of traits, facts, events and their properties anywhere in a rule. */
function namesIn(node: unknown): Set<string> {
  if (Array.isArray(node)) return new Set(node.flatMap((one) => [...namesIn(one)]));
  if (typeof node !== 'object' || node === null) return new Set();
  return new Set(
    Object.entries(node).flatMap(([field, value]) =>
      typeof value === 'string' && ['trait', 'fact', 'event', 'property'].includes(field)
        ? [value]
        : [...namesIn(value)],
    ),
  );
}
