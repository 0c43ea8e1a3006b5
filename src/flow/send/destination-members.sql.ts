import { type SQL, sql } from 'drizzle-orm';
import type { PushPerson } from '../../connectors/contract.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { memberships } from '../../db/schema/segment.ts';
import { destinationMembers } from '../../db/schema/send.ts';
import { keyOf } from './addresses.sql.ts';
import { suppressionOf } from './eligibility.sql.ts';

export type Target = { workspaceId: string; destinationId: string; segmentKey: string };
export type Page = { after: string; limit: number };
type PersonRow = {
  profile_id: string;
  email: string | null;
  phone: string | null;
  traits: Record<string, unknown>;
};

/** After this long a refusal is worth another try: the person may have joined the audience since. */
const RETRY_DAYS = 7;

/** Who is in the segment and not yet there, by id. Served by memberships_present and the primary keys. */
export async function selectAdds(db: Db, target: Target, at: Date, page: Page): Promise<PushPerson[]> {
  const rows = await rowsOf<PersonRow>(
    db,
    sql`select s.profile_id, w.email, w.phone, w.traits from ${presentAndKnown(target)}
         where ${isPresent(target)} and s.profile_id > ${page.after}::uuid and ${isMissing(at)}
         order by s.profile_id limit ${page.limit}`,
  );
  return rows.map(toPerson);
}

/** Who is there and no longer in the segment, or there under an address they no longer have. */
export async function selectRemoves(db: Db, target: Target, page: Page): Promise<PushPerson[]> {
  const rows = await rowsOf<PersonRow>(
    db,
    sql`select m.profile_id, m.address as email, null as phone, '{}'::jsonb as traits
          from ${knownAndWanted(target)} and m.profile_id > ${page.after}::uuid
         order by m.profile_id limit ${page.limit}`,
  );
  return rows.map(toPerson);
}

/** What a push would do, without doing it. */
export async function countDifference(
  db: Db,
  target: Target,
  at: Date,
): Promise<{ adds: number; removes: number }> {
  const [row] = await rowsOf<{ adds: string; removes: string }>(
    db,
    sql`select (select count(*) from ${presentAndKnown(target)} where ${isPresent(target)}
                   and (${isMissing(at)} or (m.state = 'in' and m.address is distinct from w.email))) as adds,
               (select count(*) from ${knownAndWanted(target)}) as removes`,
  );
  return { adds: Number(row?.adds ?? 0), removes: Number(row?.removes ?? 0) };
}

export type MemberState = {
  profileId: string;
  state: 'in' | 'out' | 'refused' | 'waiting';
  address: string | null;
  reason: string | null;
  ticket: string | null;
};

/** The last state of each person there. May run twice. Served by the primary key. */
export async function upsertMembers(db: Db, target: Target, at: Date, rows: MemberState[]): Promise<void> {
  const column = (pick: (row: MemberState) => string | null) => sql.param(rows.map(pick));
  await db.execute(sql`
    insert into ${destinationMembers} (workspace_id, profile_id, destination_id, state, address, reason, ticket, changed_at)
    select ${target.workspaceId}::uuid, g.profile_id, ${target.destinationId}::uuid, g.state, g.address, g.reason, g.ticket,
           ${at.toISOString()}::timestamptz
      from unnest(${column((row) => row.profileId)}::uuid[], ${column((row) => row.state)}::text[],
                  ${column((row) => row.address)}::text[], ${column((row) => row.reason)}::text[],
                  ${column((row) => row.ticket)}::text[]) as g (profile_id, state, address, reason, ticket)
        on conflict (workspace_id, profile_id, destination_id) do update
       set state = excluded.state, address = excluded.address, reason = excluded.reason, ticket = excluded.ticket,
           changed_at = excluded.changed_at`);
}

/** Tickets of what the place outside has not settled yet, with the people of each. */
export async function selectTickets(
  db: Db,
  target: Target,
): Promise<{ ticket: string; profile_id: string; address: string | null }[]> {
  return await rowsOf(
    db,
    sql`select m.ticket, m.profile_id, m.address from ${destinationMembers} m
         where m.workspace_id = ${target.workspaceId} and m.destination_id = ${target.destinationId}
           and m.state = 'waiting' and m.ticket is not null order by m.ticket, m.profile_id limit 10000`,
  );
}

/** How many people are in each state, for the health page. */
export async function countMembers(
  db: Db,
  workspaceId: string,
): Promise<{ destination_id: string; state: string; count: number }[]> {
  const rows = await rowsOf<{ destination_id: string; state: string; count: string }>(
    db,
    sql`select destination_id, state, count(*) as count from ${destinationMembers}
         where workspace_id = ${workspaceId} group by destination_id, state`,
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Some of those who were refused, the newest first, for the page. Served by destination_members_destination. */
export async function selectRefused(
  db: Db,
  workspaceId: string,
  destinationId: string,
): Promise<{ profile_id: string; address: string | null; reason: string | null }[]> {
  return await rowsOf(
    db,
    sql`select profile_id, address, reason from ${destinationMembers}
         where workspace_id = ${workspaceId} and destination_id = ${destinationId} and state = 'refused'
         order by changed_at desc, profile_id limit 20`,
  );
}

/**
 * The present members with what may be told of each, and the state there. Looked up person by person: joined as
 * sets the plan hangs on statistics, and on a fresh table 1,100 people took 20 s.
 */
function presentAndKnown(target: Target): SQL {
  return sql`${memberships} s
      cross join lateral (${personOf(target, sql`s.profile_id`)}) w
      left join lateral (
        select k.state, k.address, k.changed_at from ${destinationMembers} k
         where k.workspace_id = ${target.workspaceId} and k.profile_id = s.profile_id and k.destination_id = ${target.destinationId} limit 1
      ) m on true`;
}

function isPresent({ workspaceId, segmentKey }: Target): SQL {
  return sql`s.workspace_id = ${workspaceId} and s.segment_key = ${segmentKey} and s.left_at is null`;
}

/** Those who are there and should not be, or under another address. Ends in a condition. */
function knownAndWanted(target: Target): SQL {
  return sql`${destinationMembers} m
      left join lateral (
        select w.email from ${memberships} s cross join lateral (${personOf(target, sql`s.profile_id`)}) w
         where ${isPresent(target)} and s.profile_id = m.profile_id limit 1
      ) now_in on true
     where m.workspace_id = ${target.workspaceId} and m.destination_id = ${target.destinationId} and m.state = 'in'
       and now_in.email is distinct from m.address`;
}

/** A person who lives, has an address and is not suppressed. */
function personOf({ workspaceId }: Target, profileId: SQL): SQL {
  return sql`
    select t.email, t.phone, t.traits
      from ${profileTraits} t
      join ${profiles} p on p.workspace_id = t.workspace_id and p.id = t.profile_id
           and p.merged_into is null and p.erased_at is null
      cross join lateral (${keyOf(workspaceId, sql`t.profile_id`)}) a
      left join lateral (${suppressionOf(workspaceId, sql`a.key`)}) x on true
     where t.workspace_id = ${workspaceId} and t.profile_id = ${profileId} and a.address = t.email
       and a.key is not null and x.hash is null limit 1`;
}

function isMissing(at: Date): SQL {
  const before = new Date(at.getTime() - RETRY_DAYS * 86_400_000).toISOString();
  return sql`(m.state is null or m.state = 'out'
              or (m.state = 'refused' and (m.address is distinct from w.email or m.changed_at < ${before}::timestamptz)))`;
}

function toPerson({ profile_id: profileId, email, phone, traits }: PersonRow): PushPerson {
  return { profileId, email, phone, traits };
}
