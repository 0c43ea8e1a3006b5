import { DateTime } from 'luxon';
import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Invalid, NotFound } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { findLibraryEntry } from '../../../flow/segment/automatic/library.ts';
import { getSegment, type Segment } from '../../../flow/segment/segments.ts';
import { describeDefinition } from '../../../flow/segment/words.ts';
import { lastDays } from '../../../reports/periods.ts';
import { listMemberRows, type MemberCursor, type MemberWish } from '../../../reports/segment-members.sql.ts';
import { type DayOfSegment, readMovementByDay } from '../../../reports/segment-movement.sql.ts';
import { findFirstSize, readSizeHistory } from '../../../reports/segment-trends.sql.ts';
import { listUses } from '../../../reports/segment-uses.sql.ts';
import { type CsvRow, writeCsv } from '../../csv.ts';
import { LIMITS } from '../../limits.ts';
import { formatDate, formatDateTime, formatMoney, formatNumber, formatPercent } from '../../models/format.ts';
import { type Eyes, nameOf, unveil, unveilAddress } from '../../models/people.ts';
import { problemOf } from '../../models/segment-health.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { sizeChart } from '../../models/segments.ts';
import { type PageContext, page } from '../../page.ts';
import type { WorkedOut } from '../../worked-out.ts';
import { compareWithEveryone, type Everyone, moneyWords } from './everyone.ts';
import { listAilments, listWarnings, useLink } from './health.ts';

const params = z.strictObject({ key: z.string().max(200) });
const query = z.strictObject({
  asOf: z.union([z.literal('').transform(() => undefined), z.iso.date()]).optional(),
  after: z.string().max(100).optional(),
});
type Query = z.infer<typeof query>;
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
          ...(await listWarnings(scope, segment.key)),
          ...(await figures(scope, segment, compared)),
          ...(await meaning(scope, segment, eyesOf(request))),
          ...(await membersModel(scope, segment, request)),
        },
      };
    });
  },
});

/** The members as a table for spreadsheets; what a viewer may not see is masked there too. */
export const exportSegment = page({
  params,
  query: z.strictObject({ asOf: query.shape.asOf }),
  handle: async (request) => {
    const segment = await withWorkspace(
      request.web,
      request.workspace.id,
      async ({ db }) => await getSegment(db, request.workspace.id, request.params.key),
    );
    const header = ['Profile', 'Name', 'E-mail', 'Phone', 'Country', 'Since', 'Orders', 'Net revenue'];
    return {
      download: {
        name: `${segment.key}.csv`,
        contentType: 'text/csv; charset=utf-8',
        body: writeCsv(header, memberCells(request, segment, request.query)),
      },
    };
  },
});

/** Page by page, so that a large segment never stands in memory. */
async function* memberCells(
  request: PageContext,
  segment: Segment,
  asked: Pick<Query, 'asOf'>,
): AsyncGenerator<CsvRow> {
  const eyes = eyesOf(request);
  let after: MemberCursor | null = null;
  for (;;) {
    const wish: MemberWish = {
      workspaceId: request.workspace.id,
      key: segment.key,
      asOf: endOfDay(asked.asOf, request.workspace.timezone),
      after,
      limit: 1000,
    };
    const rows = await withWorkspace(
      request.web,
      request.workspace.id,
      async ({ db }) => await listMemberRows(db, wish),
    );
    for (const row of rows)
      yield [
        row.profileId,
        row.name && nameOf(row, eyes),
        row.email && unveilAddress(row.email, eyes),
        row.phone && unveilAddress(row.phone, eyes),
        row.country,
        row.enteredAt,
        row.orders,
        row.netRevenue,
      ];
    const last = rows.at(-1);
    if (rows.length < 1000 || !last) return;
    after = { enteredAt: last.enteredAt, profileId: last.profileId };
  }
}

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
  const since = lastDays(workspace.timezone, now(), 30).from;
  const recent = await readMovementByDay(db, { ...wish, since });
  const size = segment.size;
  return {
    size: size === null ? 'not counted yet' : formatNumber(size),
    share:
      size === null || !everyone || everyone.people === 0
        ? ''
        : `${formatPercent(size / everyone.people)} of ${formatNumber(everyone.people)} people`,
    asOf: segment.asOf
      ? `As of ${formatDateTime(segment.asOf, workspace.timezone)}`
      : 'The first count comes with the next refresh.',
    entered: sumOf(recent, 'entered'),
    left: sumOf(recent, 'left'),
    ...moneyWords(compared, workspace),
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
        : unveil(describeDefinition(segment.definition), eyes),
    uses: uses.map((use) => useLink(use, eyes.role !== 'viewer')),
    ailments: await listAilments(db, segment, uses.length > 0),
  };
}

async function membersModel(
  { db, workspace }: Scope,
  segment: Segment,
  request: PageContext & { query: Query },
) {
  const { asOf, after } = request.query;
  const limit = LIMITS.rowsPerPage;
  const wish = {
    workspaceId: workspace.id,
    key: segment.key,
    asOf: endOfDay(asOf, workspace.timezone),
    after: readCursor(after),
    limit: limit + 1,
  };
  const rows = await listMemberRows(db, wish);
  const last = rows[limit - 1];
  const eyes = eyesOf(request);
  const day = asOf ? `asOf=${asOf}&` : '';
  return {
    asOfDay: asOf ?? '',
    csvHref: `${hrefOf(segment)}/members.csv${asOf ? `?asOf=${asOf}` : ''}`,
    next:
      rows.length > limit && last
        ? `${hrefOf(segment)}?${day}after=${last.enteredAt.toISOString()}_${last.profileId}`
        : null,
    emptyWords: rows.length > 0 ? '' : await emptyWords(db, segment, wish.asOf, workspace.timezone),
    members: rows.slice(0, limit).map((row) => ({
      href: `/people/${row.profileId}`,
      whyHref: `${hrefOf(segment)}/why/${row.profileId}`,
      name: nameOf(row, eyes),
      email: row.email ? unveilAddress(row.email, eyes) : '–',
      since: formatDate(row.enteredAt, workspace.timezone),
      orders: formatNumber(row.orders),
      revenue: formatMoney(row.netRevenue, workspace.currency),
    })),
  };
}

async function emptyWords(db: Db, segment: Segment, asOf: Date | null, zone: string): Promise<string> {
  const first = await findFirstSize(db, { workspaceId: segment.workspaceId, key: segment.key });
  if (segment.size === null || !first) return 'Not counted yet.';
  if (!asOf) return 'Nobody is in at present. Members come and go by themselves.';
  if (asOf >= first) return 'Nobody was in on that day.';
  return `The segment was first counted on ${formatDate(first, zone)}: who would have been in before is told under Time travel.`;
}

/** `2026-11-01T10:00:00.000Z_<profile id>`; anything else is a page that is not there. */
function readCursor(after: string | undefined): MemberCursor | null {
  if (after === undefined) return null;
  const [at = '', profileId = ''] = after.split('_');
  const enteredAt = new Date(at);
  if (Number.isNaN(enteredAt.getTime()) || !z.guid().safeParse(profileId).success)
    throw new NotFound('There is no such page of members.');
  return { enteredAt, profileId };
}

/** The last instant of a local day. */
function endOfDay(day: string | undefined, zone: string): Date | null {
  if (!day) return null;
  const end = DateTime.fromISO(day, { zone }).endOf('day');
  if (!end.isValid) throw new Invalid([{ path: 'asOf', message: 'Write a day like 2026-11-01.' }]);
  return end.toJSDate();
}

function eyesOf({ user, workspace }: PageContext): Eyes {
  return { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
}

function hrefOf(segment: Segment): string {
  return `/segments/${encodeURIComponent(segment.key)}`;
}
