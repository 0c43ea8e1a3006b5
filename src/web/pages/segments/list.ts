import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { findScoring } from '../../../flow/score/scoring.ts';
import { countPeople } from '../../../reports/activity.sql.ts';
import { lastDays } from '../../../reports/periods.ts';
import { readSizesByDay } from '../../../reports/segment-trends.sql.ts';
import { listSegmentsBySize } from '../../../reports/segments.sql.ts';
import { formatAgo } from '../../models/format.ts';
import { gridModel, rfmModel, segmentRowModel } from '../../models/segments.ts';
import { page } from '../../page.ts';

const query = z.strictObject({ q: z.string().trim().max(200).default('') });

/** The grid and the RFM groups as one map each, and below them every other segment. */
export const listSegmentsPage = page({
  query,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const at = now();
      const all = (await listSegmentsBySize(db, workspace.id)).filter((row) => row.isEnabled);
      const people = await countPeople(db, workspace.id);
      const scoring = await findScoring(db, workspace.id, at);
      const since = lastDays(workspace.timezone, at, 30).from;
      const trends = await readSizesByDay(db, { workspaceId: workspace.id, zone: workspace.timezone, since });
      const { q } = request.query;
      const matches = all.filter((row) => row.name.toLowerCase().includes(q.toLowerCase()));
      const shown = q ? matches : matches.filter((row) => row.kind !== 'lifecycle' && row.kind !== 'rfm');
      const newest = all.reduce<Date | null>(
        (best, row) => (row.asOf && (!best || row.asOf > best) ? row.asOf : best),
        null,
      );
      const canEdit = request.user.role !== 'viewer';
      return {
        view: 'segments/index',
        title: 'Segments',
        actions: canEdit ? [{ label: 'New segment', href: '/segments/new', isPrimary: true }] : [],
        model: {
          q,
          canEdit,
          freshness: newest
            ? `Counted ${formatAgo(newest, at)}. Segments refresh by themselves within a minute of a change.`
            : 'Not counted yet: the first counts appear within a minute of the first data.',
          grid: !q && scoring ? gridModel(all, people) : null,
          rfm: scoring?.cutPoints ? rfmModel(all) : null,
          rfmReason: scoring?.rfmReason ?? '',
          rows: shown.map((row) => segmentRowModel(row, trends.get(row.key) ?? [], people)),
          heads: HEADS,
        },
      };
    }),
});

const HEADS = [
  { label: 'Segment', isNumber: false, href: null },
  { label: 'Kind', isNumber: false, href: null },
  { label: 'People', isNumber: true, href: null },
  { label: 'Share', isNumber: true, href: null },
  { label: '30 days', isNumber: true, href: null },
  { label: 'Trend', isNumber: false, href: null },
];
