import { DateTime } from 'luxon';
import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Invalid, NotFound } from '../../../base/errors.ts';
import type { Scope } from '../../../db/doors.ts';
import type { Segment } from '../../../flow/segment/segments.ts';
import { lastDays } from '../../../reports/periods.ts';
import {
  type ListedMember,
  listMemberRows,
  type MemberCursor,
} from '../../../reports/segment-members.sql.ts';
import { listMoveRows } from '../../../reports/segment-moves.sql.ts';
import { findFirstSize } from '../../../reports/segment-trends.sql.ts';
import { LIMITS } from '../../limits.ts';
import { formatDate, formatDateTime, formatMoney, formatNumber } from '../../models/format.ts';
import { type Eyes, nameOf, unveilAddress } from '../../models/people.ts';
import type { PageContext } from '../../page.ts';

export const params = z.strictObject({ key: z.string().max(200) });
export const query = z.strictObject({
  asOf: z.union([z.literal('').transform(() => undefined), z.iso.date()]).optional(),
  moved: z.enum(['entered', 'left']).optional(),
  after: z.string().max(100).optional(),
});
export type Query = z.infer<typeof query>;
type Asked = Pick<Query, 'asOf' | 'moved'>;

/** Of the moves, as far back as the figures above them count. */
export const MOVE_DAYS = 30;

/** Members now or at the end of a day; or who came, or went, of late. */
export async function readRows(
  { db, workspace }: Scope,
  segment: Segment,
  asked: Asked,
  part: { after: MemberCursor | null; limit: number },
): Promise<ListedMember[]> {
  const wish = { workspaceId: workspace.id, key: segment.key, ...part };
  if (!asked.moved)
    return await listMemberRows(db, { ...wish, asOf: endOfDay(asked.asOf, workspace.timezone) });
  const since = lastDays(workspace.timezone, now(), MOVE_DAYS).from;
  return await listMoveRows(db, { ...wish, moved: asked.moved, since });
}

/** The same for the page, a page at a time. */
export async function listMembers(scope: Scope, segment: Segment, request: PageContext & { query: Query }) {
  const { query: asked, workspace } = request;
  const limit = LIMITS.rowsPerPage;
  const rows = await readRows(scope, segment, asked, { after: readCursor(asked.after), limit: limit + 1 });
  const last = rows[limit - 1];
  const eyes = eyesOf(request);
  const next = last && `${last.at.toISOString()}_${last.profileId}`;
  return {
    asOfDay: asked.asOf ?? '',
    today: todayIn(workspace.timezone),
    csvHref: `${hrefOf(segment)}/members.csv${search(asked)}`,
    next: rows.length > limit ? `${hrefOf(segment)}${search({ ...asked, after: next })}` : null,
    emptyWords: rows.length > 0 ? '' : await emptyWords(scope, segment, asked),
    ...headsOf(asked),
    lists: LISTS.map(({ label, moved }) => ({
      label,
      href: `${hrefOf(segment)}${search({ moved })}#members`,
      isCurrent: moved === asked.moved && !asked.asOf,
    })),
    members: rows.slice(0, limit).map((row) => ({
      href: `/people/${row.profileId}`,
      whyHref: `${hrefOf(segment)}/why/${row.profileId}`,
      name: nameOf(row, eyes),
      email: row.email ? unveilAddress(row.email, eyes) : '–',
      at: asked.moved ? formatDateTime(row.at, workspace.timezone) : formatDate(row.at, workspace.timezone),
      orders: formatNumber(row.orders),
      revenue: formatMoney(row.netRevenue, workspace.currency),
    })),
  };
}

const LISTS = [
  { label: 'In now', moved: undefined },
  { label: 'Entered', moved: 'entered' },
  { label: 'Left', moved: 'left' },
] as const;

/** What the list and its column of moments are called. */
export function headsOf({ moved }: Asked): { listTitle: string; atHead: string } {
  if (!moved) return { listTitle: 'Members', atHead: 'Since' };
  const word = moved === 'left' ? 'left' : 'entered';
  return { listTitle: `Who ${word}, ${MOVE_DAYS} days`, atHead: moved === 'left' ? 'Left' : 'Entered' };
}

function search(asked: Partial<Query>): string {
  const given = Object.entries(asked).filter(([, value]) => value);
  return given.length > 0 ? `?${given.map(([name, value]) => `${name}=${value}`).join('&')}` : '';
}

async function emptyWords({ db, workspace }: Scope, segment: Segment, asked: Asked): Promise<string> {
  const zone = workspace.timezone;
  if (asked.moved)
    return `Nobody ${asked.moved} in these days. The first count of a segment is not movement.`;
  const asOf = endOfDay(asked.asOf, zone);
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
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime()) || !z.guid().safeParse(profileId).success)
    throw new NotFound('There is no such page of members.');
  return { at: moment, profileId };
}

/** The last instant of a local day. */
function endOfDay(day: string | undefined, zone: string): Date | null {
  if (!day) return null;
  const asked = DateTime.fromISO(day, { zone });
  if (!asked.isValid || day > todayIn(zone))
    throw new Invalid([{ path: 'asOf', message: 'Choose a day that has been, like 2026-11-01.' }]);
  return asked.endOf('day').toJSDate();
}

function todayIn(zone: string): string {
  return DateTime.fromJSDate(now(), { zone }).toISODate() ?? '';
}

export function eyesOf({ user, workspace }: PageContext): Eyes {
  return { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
}

export function hrefOf(segment: Segment): string {
  return `/segments/${encodeURIComponent(segment.key)}`;
}
