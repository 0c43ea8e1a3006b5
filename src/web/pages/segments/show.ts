import { now } from '../../../base/clock.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { findLibraryEntry } from '../../../flow/segment/automatic/library.ts';
import { getSegment, type Segment } from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { describeDefinition } from '../../../flow/segment/words.ts';
import { lastDays } from '../../../reports/periods.ts';
import { type DayOfSegment, readMovementByDay } from '../../../reports/segment-movement.sql.ts';
import { readSizeHistory } from '../../../reports/segment-trends.sql.ts';
import { listUses } from '../../../reports/segment-uses.sql.ts';
import { formatDateTime, formatNumber, formatPercent } from '../../models/format.ts';
import { type Eyes, unveil } from '../../models/people.ts';
import { formerRuleOf, problemOf } from '../../models/segment-health.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { sizeChart } from '../../models/segments.ts';
import { page } from '../../page.ts';
import type { WorkedOut } from '../../worked-out.ts';
import { compareWithEveryone, type Everyone, moneyWords } from './everyone.ts';
import { listAilments, listWarnings, useLink } from './health.ts';
import { eyesOf, hrefOf, listMembers, MOVE_DAYS, params, query } from './members.ts';

/** A year, a point a day: no day stands there twice. */
const MOST_DAYS = 365;

/** A segment: its size over time, its rule in words, who is in now or on any day, what it brought. */
export const showSegment = page({
  params,
  query,
  handle: async (request) => {
    const compared = await compareWithEveryone(request, request.params.key);
    return await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const segment = await getSegment(scope.db, scope.workspace.id, request.params.key);
      const isCustom = segment.kind === 'custom';
      const canEdit = request.user.role !== 'viewer';
      return {
        view: 'segments/show',
        title: segment.name,
        crumbs: [{ label: 'Segments', href: '/segments' }, { label: segment.name }],
        actions: canEdit ? actionsOf(segment, isCustom) : [],
        model: {
          href: hrefOf(segment),
          tabs: segmentTabs(segment.key, 'overview'),
          canEdit,
          isCustom,
          canRemove: isCustom || segment.kind === 'static',
          problem: problemOf(segment),
          former: formerRuleOf(segment),
          ...(await listWarnings(scope, segment.key)),
          ...(await figures(scope, segment, compared)),
          ...(await meaning(scope, segment, eyesOf(request))),
          ...(await listMembers(scope, segment, request)),
        },
      };
    });
  },
});

function actionsOf(segment: Segment, isCustom: boolean) {
  const message = {
    label: 'Write to them',
    href: `/messages/new?segment=${encodeURIComponent(segment.key)}`,
    isPrimary: true,
  };
  const filled = { label: 'Fill the list', href: `${hrefOf(segment)}/by-hand` };
  if (segment.kind === 'static') return [filled, message];
  return isCustom ? [{ label: 'Edit', href: `${hrefOf(segment)}/edit` }, message] : [message];
}

async function figures({ db, workspace }: Scope, segment: Segment, compared: WorkedOut<Everyone>) {
  const everyone = compared.value;
  const wish = { workspaceId: workspace.id, key: segment.key, zone: workspace.timezone };
  const history = await readSizeHistory(db, { ...wish, asOf: now(), days: MOST_DAYS });
  const since = lastDays(workspace.timezone, now(), MOVE_DAYS).from;
  const recent = await readMovementByDay(db, { ...wish, since });
  const size = segment.size;
  return {
    isCounted: size !== null,
    size: size === null ? 'not counted yet' : formatNumber(size),
    share:
      size === null || !everyone || everyone.people === 0
        ? ''
        : `${formatPercent(size / everyone.people)} of ${formatNumber(everyone.people)} people`,
    asOf: segment.asOf
      ? `As of ${formatDateTime(segment.asOf, workspace.timezone)}`
      : 'The first count comes with the next refresh.',
    ...(size === null
      ? { entered: '–', left: '–', revenue: '–', revenueShare: '' }
      : {
          entered: sumOf(recent, 'entered'),
          left: sumOf(recent, 'left'),
          ...moneyWords(compared, workspace),
        }),
    chart: sizeChart(segment.name, history),
  };
}

function sumOf(rows: DayOfSegment[], field: 'entered' | 'left'): string {
  return formatNumber(rows.reduce((total, row) => total + row[field], 0));
}

/** Viewers are told of a destination, but its page is not theirs. */
async function meaning({ db, workspace }: Scope, segment: Segment, eyes: Eyes) {
  const uses = await listUses(db, { workspaceId: workspace.id, key: segment.key });
  const entry = findLibraryEntry(segment.key);
  return {
    description: entry ? `${entry.who} ${entry.why}` : segment.description,
    advice: entry?.advice ?? null,
    words:
      segment.kind === 'static'
        ? 'who was put in by hand'
        : unveil(describeDefinition(segment.definition, await loadTitles(db, workspace.id)), eyes),
    uses: uses.map((use) => useLink(use, eyes.role !== 'viewer')),
    ailments: await listAilments(db, segment, uses.length > 0),
  };
}
