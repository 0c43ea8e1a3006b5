import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { consents } from '../../../db/schema/profile.ts';
import { name } from './comparison.ts';
import type { Kind } from './kind.ts';
import type { Moment } from './moments.ts';
import type { Person, PersonConsent } from './person.ts';
import { instantSql } from './value.sql.ts';

const shape = z
  .strictObject({
    consent: z.enum(['email', 'sms', 'ads', 'web']),
    topic: name.optional(),
    is: z.enum(['granted', 'withdrawn', 'unknown']),
  })
  .meta({ title: 'ConsentRule' });

/** What the person allowed: the topic's decision, else the channel's; a withdrawn channel withdraws its topics. */
export const consent: Kind<z.infer<typeof shape>> = {
  key: 'consent',
  shape,
  holds: (leaf, person, setting) => {
    const state = stateOf(person, leaf.consent, leaf.topic ?? null, setting);
    return { holds: state === leaf.is, evidence: { state } };
  },
  compile: (leaf, query) => {
    const decided = query.join(decisionsSql(query, leaf.consent, leaf.topic ?? null));
    return sql`(coalesce(${decided}.state, 'unknown') = ${leaf.is})`;
  },
  edges: (_leaf, { before, after }) => [
    { type: 'consents', ranges: [{ from: before.asOf.getTime(), to: after.asOf.getTime() }] },
  ],
  words: (leaf) => `consent to ${leaf.consent}${leaf.topic ? ` about ${leaf.topic}` : ''} is ${leaf.is}`,
};

/** An undated withdrawal counts from when we received it; an undated grant is older than everything. */
function timeOf(given: PersonConsent): number {
  return given.decidedAt ?? (given.state === 'withdrawn' ? given.receivedAt : Number.NEGATIVE_INFINITY);
}

function stateOf(person: Person, channel: string, topic: string | null, { asOf }: Moment): string {
  const known = person.consents.filter((each) => each.channel === channel && timeOf(each) <= asOf.getTime());
  const ofChannel = latest(known.filter((each) => each.topic === null));
  if (topic === null || ofChannel === 'withdrawn') return ofChannel ?? 'unknown';
  return latest(known.filter((each) => each.topic === topic)) ?? ofChannel ?? 'unknown';
}

/** The latest wins, at equal times withdrawn. */
function latest(decisions: PersonConsent[]): string | null {
  const last = Math.max(...decisions.map(timeOf));
  const deciding = decisions.filter((each) => timeOf(each) === last);
  if (deciding.length === 0) return null;
  return deciding.some((each) => each.state === 'withdrawn') ? 'withdrawn' : 'granted';
}

type Asking = Parameters<typeof consent.compile>[1];

function decisionsSql(query: Asking, channel: string, topic: string | null) {
  const time = sql`coalesce(c.decided_at, case c.state when 'withdrawn' then c.received_at else '-infinity' end)`;
  const lastOf = (scope: ReturnType<typeof sql>) =>
    sql`(array_agg(c.state order by ${time} desc, c.state desc) filter (where ${scope}))[1]`;
  const whole = lastOf(sql`c.topic is null`);
  const ofTopic = topic === null ? sql`null` : lastOf(sql`c.topic = ${topic}`);
  return sql`
    select c.profile_id,
           case when ${whole} = 'withdrawn' then 'withdrawn' else coalesce(${ofTopic}, ${whole}) end as state
      from ${consents} c
     where c.workspace_id = ${query.workspaceId} and c.channel = ${channel}
       and (c.topic is null or c.topic = ${topic}::text) and ${time} <= ${instantSql(query.asOf.getTime())}
       ${query.among(sql`c.profile_id`)}
     group by c.profile_id`;
}
