import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { getSegment, listSegments, type Segment } from '../../../flow/segment/segments.ts';
import { lastDays } from '../../../reports/periods.ts';
import {
  countFlows,
  countGoals,
  countOrigins,
  findFirstCount,
  MOST_FOLLOWED,
  readMovementByDay,
} from '../../../reports/segment-movement.sql.ts';
import { formatDate, formatDateTime, formatNumber, plural } from '../../models/format.ts';
import {
  FAMILIES,
  type Family,
  flowsChart,
  goalsChart,
  movementChart,
  originsChart,
} from '../../models/segment-movement.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';
import { MOVE_DAYS } from './members.ts';

const DAYS = ['30', '90'] as const;
const BY = ['lifecycle', 'rfm'] as const;
const query = z.strictObject({ days: z.enum(DAYS).default('30'), by: z.enum(BY).optional() });
type Wish = { days: (typeof DAYS)[number]; family: Family };

/** Who came and went: by day, where from and where to, and between the groups where the segment is one of them. */
export const showMovement = page({
  params: z.strictObject({ key: z.string().max(200) }),
  query,
  handle: async (request) => {
    const segment = await withWorkspace(request.web, request.workspace.id, ({ db, workspace }) =>
      getSegment(db, workspace.id, request.params.key),
    );
    const href = `/segments/${encodeURIComponent(segment.key)}`;
    const { days } = request.query;
    const kind = familyKindOf(segment) ?? request.query.by ?? 'lifecycle';
    const title = `${segment.name}: movement`;
    const crumbs = [
      { label: 'Segments', href: '/segments' },
      { label: segment.name, href },
      { label: 'Movement' },
    ];
    const { value, asOf } = await readMovements(request, { key: segment.key, days, kind });
    if (!value) return beingWorkedOut(request, { title, crumbs });
    return {
      view: 'segments/movement',
      title,
      crumbs,
      model: {
        tabs: segmentTabs(segment.key, 'movement'),
        spans: DAYS.map((one) => ({
          label: `${one} days`,
          href: `${href}/movement?days=${one}&by=${kind}`,
          isCurrent: one === days,
        })),
        families: familyKindOf(segment)
          ? []
          : BY.map((by) => ({
              label: `by ${FAMILIES[by]!.title}`,
              href: `${href}/movement?days=${days}&by=${by}`,
              isCurrent: by === kind,
            })),
        moves: {
          days: MOVE_DAYS,
          entered: `${href}?moved=entered#members`,
          left: `${href}?moved=left#members`,
        },
        ...value,
        asOf: formatDateTime(asOf, request.workspace.timezone),
      },
    };
  },
});

type Movements = { key: string; days: (typeof DAYS)[number]; kind: (typeof BY)[number] };

const readMovements = workedOut(async (scope, { key, days, kind }: Movements) => {
  const segment = await getSegment(scope.db, scope.workspace.id, key);
  return await movements(scope, segment, { days, family: await familyOf(scope, kind) });
});

/** The family a segment is itself a group of. */
function familyKindOf({ kind }: Segment): (typeof BY)[number] | null {
  return kind === 'lifecycle' || kind === 'rfm' ? kind : null;
}

export async function familyOf({ db, workspace }: Scope, kind: (typeof BY)[number]): Promise<Family> {
  const all = await listSegments(db, workspace.id);
  const groups = all.filter((one) => one.kind === kind && one.isEnabled);
  return { ...FAMILIES[kind]!, groups: groups.map(({ key, name }) => ({ key, name })) };
}

async function movements({ db, workspace }: Scope, segment: Segment, { days, family }: Wish) {
  const until = now();
  const since = lastDays(workspace.timezone, until, Number(days)).from;
  const wish = { workspaceId: workspace.id, key: segment.key, family: family.kind, since };
  const byDay = await readMovementByDay(db, { ...wish, zone: workspace.timezone });
  const came = await countOrigins(db, wish);
  const went = await countGoals(db, wish);
  return {
    familyTitle: family.title,
    totals: `${plural(sumOf(byDay, 'entered'), 'entry', 'entries')}, ${plural(sumOf(byDay, 'left'), 'leaving', 'leavings')} since ${formatDate(since, workspace.timezone)}; somebody who went and came back counts each time.`,
    limit: formatNumber(MOST_FOLLOWED),
    chart: movementChart(byDay, { since, until, zone: workspace.timezone, name: segment.name }),
    came: originsChart(came, family, segment.name),
    went: goalsChart(went, family, segment.name),
  };
}

function sumOf(days: { entered: number; left: number }[], field: 'entered' | 'left'): number {
  return days.reduce((total, day) => total + day[field], 0);
}

/** The flow between the groups of a family over some days; since the first count where that is later. */
export async function familyFlow({ db, workspace }: Scope, { days, family }: Wish) {
  const wish = { workspaceId: workspace.id, family: family.kind };
  const first = await findFirstCount(db, wish);
  const start = lastDays(workspace.timezone, now(), Number(days)).from;
  const since = first && first > start ? first : start;
  const flows = first ? await countFlows(db, { ...wish, since }) : [];
  return {
    flow: flowsChart(flows, family),
    flowSince: formatDate(since, workspace.timezone),
    flowPeople: plural(
      flows.reduce((total, flow) => total + flow.people, 0),
      'person',
      'people',
    ),
  };
}
