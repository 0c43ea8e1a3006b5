import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships } from '../../db/schema/segment.ts';
import { destinationMembers } from '../../db/schema/send-destinations.ts';
import {
  isPresent,
  type LeftOut,
  personOf,
  staysThere,
  type Wish,
  withPerson,
} from './destination-people.sql.ts';

/** Where a page ended: the time of entry, by which adds are read, and the person. */
export type Place = Pick<Told, 'since' | 'profile_id'>;
export type Page = { after: Place | null; limit: number };
/** Somebody to be told of, as the database knows them. `since` tells one coming or going from the next. */
export type Told = {
  profile_id: string;
  email: string | null;
  phone: string | null;
  traits: Record<string, unknown>;
  has_ads_consent: boolean;
  since: string;
};

/** Who is in the segment and not yet there, in the order they came. Served by memberships_present and the primary keys. */
export async function selectAdds(db: Db, wish: Wish, at: Date, page: Page): Promise<Told[]> {
  return await rowsOf<Told>(
    db,
    sql`select s.profile_id, w.email, w.phone, w.traits, w.has_ads_consent, s.entered_at::text as since
          from ${presentAndKnown(wish, page)}
         where ${isMissing(wish, at)}
         order by s.entered_at, s.profile_id limit ${page.limit}`,
  );
}

/** Who is there and no longer belongs there, or is there under an address they no longer have. */
export async function selectRemoves(db: Db, wish: Wish, page: Page): Promise<Told[]> {
  const after = page.after ? sql`and m.profile_id > ${page.after.profile_id}::uuid` : sql``;
  return await rowsOf<Told>(
    db,
    sql`select m.profile_id, m.address as email, m.phone, '{}'::jsonb as traits, false as has_ads_consent,
               m.changed_at::text as since
          from ${leaving(wish)} ${after} and not ${isShared(wish)}
         order by m.profile_id limit ${page.limit}`,
  );
}

/**
 * Two people with one address are one entry there: the first who leaves takes nothing away. Only our own note of
 * them changes. May run twice.
 */
export async function releaseShared(db: Db, wish: Wish, at: Date): Promise<void> {
  if (wish.rules.entry === 'person') return;
  await db.execute(sql`
    update ${destinationMembers} k set state = 'out', changed_at = ${at.toISOString()}::timestamptz
      from (select m.profile_id from ${leaving(wish)} and ${isShared(wish)}) g
     where k.workspace_id = ${wish.workspaceId} and k.destination_id = ${wish.destinationId} and k.profile_id = g.profile_id`);
}

/** What a push would do, without doing it. */
export async function countDifference(
  db: Db,
  wish: Wish,
  at: Date,
): Promise<{ adds: number; removes: number }> {
  const [row] = await rowsOf<{ adds: string; removes: string }>(
    db,
    sql`select (select count(*) from ${presentAndKnown(wish)}
                 where (${isMissing(wish, at)} or (m.state = 'in' and w.why is null and not ${isSame()}))) as adds,
               (select count(*) from ${leaving(wish)} and not ${isShared(wish)}) as removes`,
  );
  return { adds: Number(row?.adds ?? 0), removes: Number(row?.removes ?? 0) };
}

/** Members of the segment by what is against telling of them there; null is nothing. */
export async function countLeftOut(db: Db, wish: Wish): Promise<{ why: LeftOut | null; count: number }[]> {
  const rows = await rowsOf<{ why: LeftOut | null; count: string }>(
    db,
    sql`select w.why, count(*) as count
          from ${memberships} s cross join lateral (${personOf(wish, sql`s.profile_id`)}) w
         where s.workspace_id = ${wish.workspaceId} and ${isPresent(wish)} group by w.why order by w.why`,
  );
  return rows.map(({ why, count }) => ({ why, count: Number(count) }));
}

/**
 * The present members with what may be told of each, and the state there; of a page who comes after, in the order of the
 * index: all else is looked up only until the page is full.
 */
function presentAndKnown(wish: Wish, page?: Page): SQL {
  const since = page?.after
    ? sql`and (s.entered_at, s.profile_id) > (${page.after.since}::timestamptz, ${page.after.profile_id}::uuid)`
    : sql``;
  const after = page ? sql`${since} order by s.entered_at, s.profile_id` : sql``;
  return sql`(select s.profile_id, s.entered_at from ${memberships} s where ${isPresent(wish)} ${after}) s
      cross join lateral (${personOf(wish, sql`s.profile_id`)}) w
      left join lateral (
        select k.state, k.address, k.phone, k.retry_at from ${destinationMembers} k
         where k.workspace_id = ${wish.workspaceId} and k.profile_id = s.profile_id
           and k.destination_id = ${wish.destinationId} limit 1
      ) m on true`;
}

/** Ends in a condition. */
function leaving(wish: Wish): SQL {
  return sql`${destinationMembers} m ${withPerson(wish, sql`m.profile_id`)}
     where m.workspace_id = ${wish.workspaceId} and m.destination_id = ${wish.destinationId} and m.state = 'in'
       and not ${staysThere(wish)}`;
}

/** Somebody else is there under the same address and stays. Served by destination_members_destination. */
function isShared(wish: Wish): SQL {
  if (wish.rules.entry === 'person') return sql`false`;
  return sql`exists (
    select 1 from (
      select o.profile_id, o.address, o.phone from ${destinationMembers} o
       where o.workspace_id = ${wish.workspaceId} and o.destination_id = ${wish.destinationId}
         and lower(o.address) = lower(m.address) and o.profile_id <> m.profile_id and o.state in ('in', 'waiting')) m
      ${withPerson(wish, sql`m.profile_id`)}
     where ${staysThere(wish)})`;
}

function isMissing({ rules }: Wish, at: Date): SQL {
  const isDue = sql`coalesce(m.retry_at <= ${at.toISOString()}::timestamptz, true)`;
  // An entry that stands for a person is written anew when they go by another address.
  const isOutdated = rules.entry === 'person' ? sql`m.state = 'in' and not ${isSame()}` : sql`false`;
  return sql`(w.why is null and (m.state is null or m.state = 'out' or ${isOutdated}
              or (m.state = 'refused' and (not ${isSame()} or ${isDue}))))`;
}

function isSame(): SQL {
  return sql`(m.address is not distinct from w.email and m.phone is not distinct from w.phone)`;
}
