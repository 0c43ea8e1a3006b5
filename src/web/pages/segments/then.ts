import { DateTime } from 'luxon';
import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Invalid } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { getSegment, type Segment } from '../../../flow/segment/segments.ts';
import { cohortAt, type Reading, readPatiently } from '../../../flow/segment/then.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import {
  type FollowedPerson,
  type Following,
  followCohort,
  listCohort,
} from '../../../reports/segment-then.sql.ts';
import { findFirstSize, readSizeHistory } from '../../../reports/segment-trends.sql.ts';
import { LIMITS } from '../../limits.ts';
import { formatDate, formatDateTime, formatNumber, plural } from '../../models/format.ts';
import type { Eyes } from '../../models/people.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { sizeChart } from '../../models/segments.ts';
import { followedModel, followedRow, orderedChart } from '../../models/then.ts';
import { type PageContext, page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';

const params = z.strictObject({ key: z.string().max(200) });
const query = z.strictObject({
  on: z.union([z.literal('').transform(() => undefined), z.iso.date()]).optional(),
  definition: z.enum(['then', 'today']).default('then'),
  days: z.enum(['30', '90']).default('30').transform(Number),
  after: z.guid().optional(),
});
/** A point a day in its chart, and no day twice. */
const MOST_DAYS = 365;
type Asked = { on: string; reading: Reading; days: number; after: string | null; at: Date; until: Date };

/** A segment on a past day: who was in as published, or by today's definition; and what they did next. */
export const showThen = page({
  params,
  query,
  handle: async (request) => {
    const { workspace, params: given } = request;
    const asked = readAsked(request.query, workspace.timezone);
    const { segment, history, began } = await withWorkspace(
      request.web,
      workspace.id,
      async (scope) => await published(scope, given.key, asked),
    );
    const crumbs = [
      { label: 'Segments', href: '/segments' },
      { label: segment.name, href: hrefOf(segment) },
      { label: 'Time travel' },
    ];
    const missing = missingWords(asked, segment, began, workspace.timezone);
    const { value: result, asOf } = missing
      ? { value: { problem: null }, asOf: now() }
      : await lookBack(request, { ...request.query, key: segment.key, version: segment.version });
    if (!result) return beingWorkedOut(request, { title: segment.name, crumbs });
    const people = 'problem' in result ? [] : await nameAnew(request, result.people);
    const eyes = { role: request.user.role, timezone: workspace.timezone, currency: workspace.currency };
    return {
      view: 'segments/then',
      title: segment.name,
      crumbs,
      model: {
        tabs: segmentTabs(segment.key, 'then'),
        href: `${hrefOf(segment)}/then`,
        asked: { on: asked.on, definition: asked.reading, days: String(asked.days) },
        today: DateTime.fromJSDate(now(), { zone: workspace.timezone }).toISODate(),
        problem: 'problem' in result ? result.problem : null,
        missing,
        ...wordsOf(asked, segment, workspace.timezone),
        asOf: formatDateTime(asOf, workspace.timezone),
        chart: sizeChart(segment.name, history),
        ...('problem' in result ? NOTHING : drawn({ ...result, people }, segment, asked, eyes)),
      },
    };
  },
});

/** What is read at once: the segment, and the sizes that were published from the day asked for until today. */
async function published({ db, workspace }: Scope, key: string, { at }: Asked) {
  const wish = { workspaceId: workspace.id, key };
  const today = DateTime.fromJSDate(now(), { zone: workspace.timezone }).startOf('day');
  const passed = today.diff(
    DateTime.fromJSDate(at, { zone: workspace.timezone }).startOf('day'),
    'days',
  ).days;
  const days = Math.min(MOST_DAYS, Math.round(passed) + 1);
  return {
    segment: await getSegment(db, workspace.id, key),
    history: await readSizeHistory(db, { ...wish, zone: workspace.timezone, asOf: now(), days }),
    began: await findFirstSize(db, wish),
  };
}

const NOTHING = { sizes: null, rows: [], bars: null, people: [], next: null, first: null };

type Found = Awaited<ReturnType<typeof search>>;

/** Counted in a transaction of its own, which ends where it takes too long. Another version is another question. */
type Look = z.infer<typeof query> & { key: string; version: number };

const lookBack = workedOut(async (scope, look: Look): Promise<Found | { problem: string }> => {
  try {
    return await search(scope, look);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { problem: error.message };
  }
});

async function search({ db, workspace }: Scope, look: Look) {
  const asked = readAsked(look, workspace.timezone);
  const segment = await getSegment(db, workspace.id, look.key);
  return await readPatiently(db, async () => {
    const cohort = await cohortAt(db, workspace, { segment, reading: asked.reading, asOf: asked.at });
    const following: Following = {
      workspaceId: workspace.id,
      currency: workspace.currency,
      segmentKey: segment.key,
      cohort,
      from: asked.at,
      to: asked.until,
    };
    const followed = await followCohort(db, following);
    const limit = LIMITS.rowsPerPage + 1;
    return { followed, people: await listCohort(db, following, { after: asked.after, limit }) };
  });
}

/** What was remembered of a person may have been erased since. */
async function nameAnew(
  { web, workspace }: PageContext,
  people: FollowedPerson[],
): Promise<FollowedPerson[]> {
  const ids = people.map(({ profileId }) => profileId);
  const rows = await withWorkspace(web, workspace.id, ({ db }) => loadPeopleRows(db, workspace.id, ids));
  const named = new Map(rows.map((row) => [row.profileId, row]));
  return people.map((one) => ({ ...one, ...named.get(one.profileId) }));
}

function drawn({ followed, people }: Found, segment: Segment, asked: Asked, eyes: Eyes) {
  const { cohort } = followed;
  const shown = people.slice(0, LIMITS.rowsPerPage);
  const page = (after: string | null) =>
    `${hrefOf(segment)}/then?on=${asked.on}&definition=${asked.reading}&days=${asked.days}${after ? `&after=${after}` : ''}`;
  return {
    sizes: {
      before: formatNumber(cohort.people),
      present: segment.size === null ? 'not counted yet' : formatNumber(segment.size),
      both: formatNumber(cohort.inNow),
    },
    rows: followedModel(followed, eyes),
    bars: orderedChart(followed, asked.days),
    people: shown.map((one) => followedRow(one, eyes)),
    next: people.length > shown.length ? page(shown.at(-1)!.profileId) : null,
    first: asked.after ? page(null) : null,
  };
}

/** What is of then and what is of today, honestly. */
function wordsOf(asked: Asked, segment: Segment, zone: string) {
  const day = formatDate(asked.at, zone);
  const inZone = (moment: Date) => DateTime.fromJSDate(moment, { zone });
  // Not by the hour: a day on which the clocks change has 23 of them, or 25.
  const passed = Math.floor(inZone(asked.until).diff(inZone(asked.at), 'days').days);
  const isShort = passed < asked.days;
  return {
    day,
    stretch: isShort ? `the ${plural(passed, 'day')} since` : `the ${asked.days} days after`,
    isShort,
    reading:
      asked.reading === 'then'
        ? `Who was in at the end of ${day}, as it was published then.`
        : `Who is in by the definition of today (version ${segment.version}), run on ${day}: with events, consents and traits as they were known up to the end of that day.`,
  };
}

/** Of a day before the first count there is nothing to look back on, and no zero: only today's definition. */
function missingWords({ at, reading, on, days }: Asked, segment: Segment, began: Date | null, zone: string) {
  if (reading === 'today' || (began && began <= at)) return null;
  const first = began ? `first counted on ${formatDate(began, zone)}` : 'never counted yet';
  return {
    words: `This segment was ${first}, so nothing was published on ${formatDate(at, zone)}.`,
    href: `${hrefOf(segment)}/then?on=${on}&definition=today&days=${days}`,
  };
}

function readAsked(given: z.infer<typeof query>, zone: string): Asked {
  const present = DateTime.fromJSDate(now(), { zone });
  const day = given.on ? DateTime.fromISO(given.on, { zone }) : present.minus({ days: given.days });
  if (!day.isValid || day.startOf('day') > present)
    throw new Invalid([{ path: 'on', message: 'Choose a day that has been, like 2026-11-01.' }]);
  const at = DateTime.min(day.endOf('day'), present);
  const until = DateTime.min(at.plus({ days: given.days }), present);
  return {
    on: day.toISODate() ?? '',
    reading: given.definition,
    days: given.days,
    after: given.after ?? null,
    at: at.toJSDate(),
    until: until.toJSDate(),
  };
}

function hrefOf(segment: Segment): string {
  return `/segments/${encodeURIComponent(segment.key)}`;
}
