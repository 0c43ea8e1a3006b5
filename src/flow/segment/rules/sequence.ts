import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { boundsSql } from './compare.sql.ts';
import { eventEdges } from './edges.ts';
import { whereSql } from './event.sql.ts';
import {
  countConditions,
  type EventConditions,
  eventKeys,
  eventWords,
  holdWhere,
  whereEdges,
} from './event.ts';
import { eventsFrom } from './events.sql.ts';
import { eventsOf } from './events.ts';
import type { Edge, Kind, Query, Span } from './kind.ts';
import type { Moment } from './moments.ts';
import type { Person, PersonEvent } from './person.ts';
import { instantSql } from './value.sql.ts';
import { boundsOf, duration, durationMs, durationWords, isWithin, window, windowWords } from './windows.ts';

const step = z.strictObject({ ...eventKeys, within: duration.optional(), not: z.literal(true).optional() });
type Step = z.infer<typeof step>;

const shape = z
  .strictObject({ sequence: z.array(step).min(2).max(10), within: window.optional() })
  .superRefine(({ sequence }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (sequence[0]?.within) issue(['sequence', 0, 'within'], 'The first step has none before it.');
    for (const [index, { not, within }] of sequence.entries()) {
      if (not && index < sequence.length - 1)
        issue(['sequence', index, 'not'], 'Only the last step may be "not".');
      if (not && !within)
        issue(['sequence', index, 'within'], 'A step that must not come needs a time to wait.');
    }
  })
  .meta({ title: 'SequenceRule' });
type SequenceLeaf = z.infer<typeof shape>;

/** Events one after another, each later than the one before; the last may be one that did not come. */
export const sequence: Kind<SequenceLeaf> = {
  key: 'sequence',
  shape,
  holds: (leaf, person, setting) => ({ holds: isFollowed(leaf, person, setting) }),
  compile: (leaf, query) => {
    const followed = query.join(sql`select distinct s.profile_id from (${endsSql(leaf, query)}) s`);
    return sql`(${followed}.profile_id is not null)`;
  },
  conditions: ({ sequence: steps }) => steps.reduce((sum, each) => sum + countConditions(each), 0),
  isOrdered: true,
  edges: sequenceEdges,
  words: (leaf) =>
    leaf.sequence
      .map((each, index) =>
        [
          index > 0 ? (each.not ? 'and then not' : 'and then') : '',
          eventWords(each),
          each.within ? `within ${durationWords(each.within)}` : '',
        ]
          .filter(Boolean)
          .join(' '),
      )
      .join(' ') + (leaf.within ? `, beginning ${windowWords(leaf.within)}` : ''),
};

/** Times at which the steps so far can end; a later step needs the nearest of them before it. */
function isFollowed(leaf: SequenceLeaf, person: Person, moment: Moment): boolean {
  const matching = (asked: EventConditions) =>
    eventsOf(person, asked.event, moment).filter((each) => holdWhere(asked, each, moment));
  const [first, ...later] = leaf.sequence;
  const bounds = leaf.within ? boundsOf(leaf.within, moment) : null;
  let ends = matching(first!).filter((each) => !bounds || isWithin(each.at, bounds));
  for (const each of later)
    ends = each.not ? waited(ends, matching(each), each, moment) : follow(ends, matching(each), each);
  return ends.length > 0;
}

function follow(ends: PersonEvent[], candidates: PersonEvent[], { within }: Step): PersonEvent[] {
  const most = within ? durationMs(within) : Number.POSITIVE_INFINITY;
  return candidates.filter(({ at }) => ends.some((end) => end.at < at && at - end.at <= most));
}

/** Holds from t + within on when no such event came in (t, t + within]. */
function waited(
  ends: PersonEvent[],
  unwanted: PersonEvent[],
  { within }: Step,
  { asOf }: Moment,
): PersonEvent[] {
  const wait = durationMs(within!);
  return ends.filter(
    ({ at }) => at + wait <= asOf.getTime() && !unwanted.some((each) => each.at > at && each.at <= at + wait),
  );
}

/** One window function a step over the ends so far and the candidates: no join of events with events. */
function endsSql(leaf: SequenceLeaf, query: Query): SQL {
  const [first, ...later] = leaf.sequence;
  const bounds = leaf.within ? [boundsSql(sql`e.occurred_at`, boundsOf(leaf.within, query))] : [];
  return later.reduce(
    (ends, each) => (each.not ? waitedSql(ends, each, query) : followSql(ends, each, query)),
    matchingSql(first!, query, bounds),
  );
}

function matchingSql(asked: EventConditions, query: Query, conditions: SQL[] = []): SQL {
  const all = [...conditions, ...whereSql(asked, query)];
  return sql`select e.profile_id, e.occurred_at ${eventsFrom(query, asked.event)}
             ${all.length ? sql`and ${sql.join(all, sql` and `)}` : sql``}`;
}

function followSql(ends: SQL, asked: Step, query: Query): SQL {
  const near = asked.within
    ? sql`and w.occurred_at - w.before <= make_interval(secs => ${durationMs(asked.within) / 1000})`
    : sql``;
  return sql`
    select w.profile_id, w.occurred_at
      from (select u.profile_id, u.occurred_at, u.is_end,
                   max(u.occurred_at) filter (where u.is_end)
                     over (partition by u.profile_id order by u.occurred_at
                           groups between unbounded preceding and 1 preceding) as before
              from (select x.*, true as is_end from (${ends}) x
                    union all select y.*, false from (${matchingSql(asked, query)}) y) u) w
     where not w.is_end and w.before is not null ${near}`;
}

function waitedSql(ends: SQL, asked: Step, query: Query): SQL {
  const wait = durationMs(asked.within!);
  const seconds = sql`make_interval(secs => ${wait / 1000})`;
  return sql`
    select w.profile_id, w.occurred_at
      from (select u.profile_id, u.occurred_at, u.is_end,
                   min(u.occurred_at) filter (where not u.is_end)
                     over (partition by u.profile_id order by u.occurred_at
                           groups between 1 following and unbounded following) as next
              from (select x.*, true as is_end from (${ends}) x
                    union all select y.*, false from (${matchingSql(asked, query)}) y) u) w
     where w.is_end and w.occurred_at <= ${instantSql(query.asOf.getTime() - wait)}
       and (w.next is null or w.next - w.occurred_at > ${seconds})`;
}

/** Events that came due; what the window's ends swept over; and for a last "not" those one wait ago. */
function sequenceEdges(leaf: SequenceLeaf, span: Span): Edge[] {
  const first = leaf.sequence[0]!;
  const last = leaf.sequence.at(-1)!;
  const arrived = leaf.sequence.flatMap((each) => [
    ...eventEdges(each.event, undefined, span),
    ...whereEdges(each, undefined, span),
  ]);
  const started = leaf.within ? eventEdges(first.event, leaf.within, span) : [];
  if (!last.not) return [...arrived, ...started];
  const before = leaf.sequence.at(-2)!;
  return [...arrived, ...started, ...eventEdges(before.event, { last: last.within! }, span)];
}
