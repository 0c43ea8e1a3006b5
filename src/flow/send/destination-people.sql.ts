import { type SQL, sql } from 'drizzle-orm';
import type { Audience } from '../../connectors/audience.ts';
import { profiles } from '../../db/schema/identify.ts';
import { consents, profileTraits } from '../../db/schema/profile.ts';
import { memberships } from '../../db/schema/segment.ts';
import { keyOf } from './addresses.sql.ts';
import { suppressionOf } from './eligibility.sql.ts';

export type Target = { workspaceId: string; destinationId: string; segmentKey: string };
/** What decides who belongs there. */
export type Rules = Pick<Audience, 'needs' | 'entry' | 'isForAds'> & { isAdditiveOnly: boolean };
export type Wish = Target & { rules: Rules };

/** Why a member of the segment is not told there, in the order in which it is looked for. */
export const LEFT_OUT = ['gone', 'no address', 'suppressed', 'no ads'] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

/**
 * One person as they may be told there: `why` says what is against it. Everything is looked up along primary keys
 * (the limits keep it so): joined as sets the plan hangs on statistics, and on a fresh table 1,100 people took 20 s.
 */
export function personOf({ workspaceId, rules }: Wish, profileId: SQL): SQL {
  const phone = rules.needs === 'email' ? sql`null::text` : sql`t.phone`;
  return sql`
    select case when a.key is not null then t.email end as email, ${phone} as phone,
           coalesce(t.traits, '{}'::jsonb) as traits, c.state is not distinct from 'granted' as has_ads_consent,
           case when p.id is null then 'gone'
                when ${isUnreachable(rules.needs)} then 'no address'
                when x.hash is not null then 'suppressed'
                when ${rules.isForAds === true} and c.state = 'withdrawn' then 'no ads' end as why
      from (select ${profileId} as profile_id) i
      left join lateral (
        select l.id from ${profiles} l where l.workspace_id = ${workspaceId} and l.id = i.profile_id
           and l.merged_into is null and l.erased_at is null limit 1) p on true
      left join lateral (
        select y.email, y.phone, y.traits from ${profileTraits} y
         where y.workspace_id = ${workspaceId} and y.profile_id = i.profile_id limit 1) t on true
      left join lateral (${keyOf(workspaceId, sql`i.profile_id`)}) a on a.address = t.email
      left join lateral (${suppressionOf(workspaceId, sql`a.key`)}) x on true
      left join lateral (${adsConsent(workspaceId)}) c on true`;
}

export function isPresent({ workspaceId, segmentKey }: Target): SQL {
  return sql`s.workspace_id = ${workspaceId} and s.segment_key = ${segmentKey} and s.left_at is null`;
}

/** Whether `m`, who is there, is to stay there as they are known. Reads `w` and `s` of `withPerson`. */
export function staysThere({ rules }: Wish): SQL {
  const isSame =
    rules.entry === 'person'
      ? sql`true`
      : sql`w.email is not distinct from m.address and w.phone is not distinct from m.phone`;
  return sql`(w.why is null and (${rules.isAdditiveOnly} or s.is_in is not null) and ${isSame})`;
}

/** The laterals `w`, the person of a row, and `s`, whether they are in the segment. */
export function withPerson(wish: Wish, profileId: SQL): SQL {
  return sql`
      cross join lateral (${personOf(wish, profileId)}) w
      left join lateral (select 1 as is_in from ${memberships} s
                          where ${isPresent(wish)} and s.profile_id = ${profileId} limit 1) s on true`;
}

function isUnreachable(needs: Audience['needs']): SQL {
  if (needs === 'nothing') return sql`false`;
  return needs === 'email' ? sql`a.key is null` : sql`(a.key is null and t.phone is null)`;
}

/** The last word of a person on ads: the withdrawal at equal times, and none later than we heard of it. */
function adsConsent(workspaceId: string): SQL {
  return sql`
    select d.state from (
      select n.state, case when n.state = 'withdrawn' then least(coalesce(n.decided_at, n.received_at), n.received_at)
                           else least(coalesce(n.decided_at, '-infinity'), n.received_at) end as counts_from
        from ${consents} n
       where n.workspace_id = ${workspaceId} and n.profile_id = i.profile_id and n.channel = 'ads' and n.topic is null) d
     order by d.counts_from desc, d.state desc limit 1`;
}
