import { DateTime } from 'luxon';
import { z } from 'zod';
import { Invalid, NotFound } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { getSegment, type Segment } from '../../../flow/segment/segments.ts';
import { listMemberRows, type MemberCursor, type MemberWish } from '../../../reports/segment-members.sql.ts';
import { findFirstSize } from '../../../reports/segment-trends.sql.ts';
import { type CsvRow, writeCsv } from '../../csv.ts';
import { LIMITS } from '../../limits.ts';
import { formatDate, formatMoney, formatNumber } from '../../models/format.ts';
import { type Eyes, nameOf, unveilAddress } from '../../models/people.ts';
import { type PageContext, page } from '../../page.ts';

export const params = z.strictObject({ key: z.string().max(200) });
export const query = z.strictObject({
  asOf: z.union([z.literal('').transform(() => undefined), z.iso.date()]).optional(),
  after: z.string().max(100).optional(),
});
export type Query = z.infer<typeof query>;

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

/** Who is in, now or at the end of a day, a page at a time. */
export async function listMembers(
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

export function eyesOf({ user, workspace }: PageContext): Eyes {
  return { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
}

export function hrefOf(segment: Segment): string {
  return `/segments/${encodeURIComponent(segment.key)}`;
}
