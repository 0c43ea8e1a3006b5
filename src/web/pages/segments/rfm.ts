import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import type { Scope } from '../../../db/doors.ts';
import { findScoring, type Scoring } from '../../../flow/score/scoring.ts';
import { readGroupsBefore, readRfmCells } from '../../../reports/rfm-map.sql.ts';
import { formatDateTime, formatNumber } from '../../models/format.ts';
import { cutRows, groupRows, type Measure, rfmMap } from '../../models/rfm-map.ts';
import { page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';
import { familyFlow, familyOf } from './movement.ts';

const DAYS = ['30', '90'] as const;
const query = z.strictObject({
  by: z.enum(['people', 'money']).default('people'),
  days: z.enum(DAYS).default('30'),
});
type Asked = z.infer<typeof query>;

/** Buyers by how recently, how often and for how much they bought: the map, the cut points, the groups, who moved. */
export const showRfm = page({
  query,
  handle: async (request) => {
    const crumbs = [{ label: 'Segments', href: '/segments' }, { label: 'RFM map' }];
    const { value, asOf } = await readMap(request, request.query);
    if (!value) return beingWorkedOut(request, { title: 'RFM map', crumbs });
    return {
      view: 'segments/rfm',
      title: 'RFM map',
      crumbs,
      model: { ...value, asOf: formatDateTime(asOf, request.workspace.timezone) },
    };
  },
});

const readMap = workedOut(async (scope, asked: Asked) => {
  const scoring = await findScoring(scope.db, scope.workspace.id, now());
  return {
    reason: scoring?.rfmReason ?? 'Nobody has been scored yet: that comes with the first data, or the night.',
    found: scoring?.cutPoints ? await mapOf(scope, scoring, asked) : null,
  };
});

async function mapOf(scope: Scope, scoring: Scoring, { by, days }: Asked) {
  const { db, workspace } = scope;
  const cells = await readRfmCells(db, workspace.id);
  const before = await readGroupsBefore(db, workspace.id);
  const cuts = scoring.cutPoints!;
  const how = { at: scoring.asOf, currency: workspace.currency };
  return {
    scored: `Scored ${formatDateTime(scoring.asOf, workspace.timezone)}, ${formatNumber(scoring.buyers)} buyers.`,
    measures: (['people', 'money'] as Measure[]).map((one) => ({
      label: one === 'people' ? 'People' : 'Net revenue',
      href: `/segments/rfm?by=${one}&days=${days}`,
      isCurrent: one === by,
    })),
    spans: DAYS.map((one) => ({
      label: `${one} days`,
      href: `/segments/rfm?by=${by}&days=${one}`,
      isCurrent: one === days,
    })),
    map: rfmMap(cells, cuts, { ...how, by }),
    cuts: cutRows(cuts, how),
    groups: groupRows(cells, before, workspace.currency),
    ...(await familyFlow(scope, { days, family: await familyOf(scope, 'rfm') })),
  };
}
