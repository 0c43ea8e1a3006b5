import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { boundsSql } from './compare.sql.ts';
import { name } from './comparison.ts';
import { edgesOver } from './edges.ts';
import { type Finding, type Kind, type Query, titleOf } from './kind.ts';
import type { Moment } from './moments.ts';
import type { Person } from './person.ts';
import { instantSql } from './value.sql.ts';
import {
  boundsOf,
  duration,
  durationMs,
  durationWords,
  isWithin,
  sweptBy,
  window,
  windowWords,
} from './windows.ts';

const shape = z
  .strictObject({
    segment: name,
    is: z.enum(['in', 'out']),
    for: duration.optional(),
    entered: window.optional(),
  })
  .superRefine((leaf, context) => {
    if (leaf.is === 'out' && leaf.entered)
      context.addIssue({ code: 'custom', path: ['entered'], message: 'Only with "is": "in".' });
  })
  .meta({ title: 'SegmentRule' });
type SegmentLeaf = z.infer<typeof shape>;

/** In or out of another segment, since how long, entered when. Reads stored memberships, as published. */
export const segment: Kind<SegmentLeaf> = {
  key: 'segment',
  shape,
  check: (leaf, known) =>
    known.segments.has(leaf.segment)
      ? []
      : [{ path: 'segment', message: `There is no segment “${leaf.segment}”.` }],
  holds: (leaf, person, setting) =>
    leaf.is === 'in' ? isIn(leaf, person, setting) : isOut(leaf, person, setting),
  compile: (leaf, query) => (leaf.is === 'in' ? inSql(leaf, query) : outSql(leaf, query)),
  edges: (leaf, { before, after }) => {
    const end = leaf.is === 'in' ? 'entered' : 'left';
    const ranges = [
      ...(leaf.for ? sweptBy({ last: leaf.for }, before, after).slice(0, 1) : []),
      ...(leaf.entered ? sweptBy(leaf.entered, before, after) : []),
    ];
    return edgesOver(ranges, (given) => ({ type: 'memberships', segment: leaf.segment, end, ranges: given }));
  },
  words: (leaf, titles) =>
    [
      `${leaf.is} the segment ${titleOf(leaf.segment, titles?.segments)}`,
      leaf.for ? `for ${durationWords(leaf.for)}` : '',
      leaf.entered ? `entered ${windowWords(leaf.entered)}` : '',
    ]
      .filter(Boolean)
      .join(', '),
};

/** The rows that were true at the moment: entered by then, and not left by then. */
function intervalsOf(leaf: SegmentLeaf, person: Person, { asOf }: Moment) {
  return person.memberships.filter(
    (each) => each.segmentKey === leaf.segment && each.enteredAt <= asOf.getTime(),
  );
}

function isOpen(interval: { leftAt: number | null }, { asOf }: Moment): boolean {
  return interval.leftAt === null || interval.leftAt > asOf.getTime();
}

function isIn(leaf: SegmentLeaf, person: Person, moment: Moment): Finding {
  const open = intervalsOf(leaf, person, moment).find((each) => isOpen(each, moment));
  if (!open) return { holds: false };
  const longEnough = !leaf.for || open.enteredAt <= moment.asOf.getTime() - durationMs(leaf.for);
  const enteredThen = !leaf.entered || isWithin(open.enteredAt, boundsOf(leaf.entered, moment));
  return {
    holds: longEnough && enteredThen,
    evidence: { enteredAt: new Date(open.enteredAt).toISOString() },
  };
}

function isOut(leaf: SegmentLeaf, person: Person, moment: Moment): Finding {
  const intervals = intervalsOf(leaf, person, moment);
  if (intervals.some((each) => isOpen(each, moment))) return { holds: false };
  const leftAt = Math.max(...intervals.map((each) => each.leftAt ?? 0));
  if (intervals.length === 0) return { holds: true };
  const holds = !leaf.for || leftAt <= moment.asOf.getTime() - durationMs(leaf.for);
  return { holds, evidence: { leftAt: new Date(leftAt).toISOString() } };
}

function inSql(leaf: SegmentLeaf, query: Query) {
  const open = query.join(
    sql`select m.profile_id, m.entered_at from (${query.memberships(leaf.segment)}) m where m.left_at is null`,
  );
  const since = leaf.for
    ? sql`${open}.entered_at <= ${instantSql(query.asOf.getTime() - durationMs(leaf.for))}`
    : sql`${open}.profile_id is not null`;
  const then = leaf.entered ? boundsSql(sql`${open}.entered_at`, boundsOf(leaf.entered, query)) : sql`true`;
  return sql`coalesce(${since} and ${then}, false)`;
}

function outSql(leaf: SegmentLeaf, query: Query) {
  const past = query.join(
    sql`select m.profile_id, bool_or(m.left_at is null) as is_in, max(m.left_at) as left_at
          from (${query.memberships(leaf.segment)}) m group by m.profile_id`,
  );
  const long = leaf.for
    ? sql`${past}.left_at <= ${instantSql(query.asOf.getTime() - durationMs(leaf.for))}`
    : sql`true`;
  return sql`(case when ${past}.profile_id is null then true when ${past}.is_in then false else ${long} end)`;
}
