import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';
import { memberships } from '../../db/schema/segment.ts';
import { destinationMembers, destinationRuns } from '../../db/schema/send-destinations.ts';
import type { Target } from './destination-people.sql.ts';

export type MemberState = {
  profileId: string;
  state: 'in' | 'out' | 'refused' | 'waiting' | 'leaving';
  address: string | null;
  phone: string | null;
  reason: string | null;
  ticket: string | null;
};

/** A refusal is worth another try after a day, two, four …; the person may have joined the audience since. */
const LONGEST_RETRY_DAYS = 32;

/** The last state of each person there. May run twice. Served by the primary key. */
export async function upsertMembers(db: Db, target: Target, at: Date, rows: MemberState[]): Promise<void> {
  const column = (pick: (row: MemberState) => string | null) => sql.param(rows.map(pick));
  const moment = sql`${at.toISOString()}::timestamptz`;
  await db.execute(sql`
    insert into ${destinationMembers} as k
           (workspace_id, profile_id, destination_id, state, address, phone, reason, ticket, attempts, retry_at, changed_at)
    select ${target.workspaceId}::uuid, g.profile_id, ${target.destinationId}::uuid, g.state, g.address, g.phone, g.reason,
           g.ticket, case g.state when 'refused' then 1 else 0 end,
           case g.state when 'refused' then ${moment} + interval '1 day' end, ${moment}
      from unnest(${column((row) => row.profileId)}::uuid[], ${column((row) => row.state)}::text[],
                  ${column((row) => row.address)}::text[], ${column((row) => row.phone)}::text[],
                  ${column((row) => row.reason)}::text[], ${column((row) => row.ticket)}::text[])
        as g (profile_id, state, address, phone, reason, ticket)
        on conflict (workspace_id, profile_id, destination_id) do update
       set state = excluded.state, address = excluded.address, phone = excluded.phone, reason = excluded.reason,
           ticket = excluded.ticket, changed_at = excluded.changed_at,
           attempts = case excluded.state when 'refused' then k.attempts + 1 else 0 end,
           retry_at = case excluded.state when 'refused'
             then excluded.changed_at + interval '1 day' * least(2 ^ k.attempts, ${LONGEST_RETRY_DAYS}) end`);
}

export type Ticket = {
  ticket: string;
  state: 'waiting' | 'leaving';
  profile_id: string;
  address: string | null;
  phone: string | null;
};

/** Tickets of what the place outside has not settled yet, with the people of each. */
export async function selectTickets(db: Db, target: Target): Promise<Ticket[]> {
  return await rowsOf(
    db,
    sql`select m.ticket, m.state, m.profile_id, m.address, m.phone from ${destinationMembers} m
         where m.workspace_id = ${target.workspaceId} and m.destination_id = ${target.destinationId}
           and m.state in ('waiting', 'leaving') and m.ticket is not null
         order by m.ticket, m.profile_id limit 100000`,
  );
}

/**
 * Who was joined with somebody goes on there as that person, unless they are there themselves; then the difference
 * decides, as for everyone. What was never there is forgotten. May run twice.
 */
export async function followMerges(db: Db, { workspaceId, destinationId }: Target): Promise<void> {
  const isJoined = sql`k.workspace_id = ${workspaceId} and k.destination_id = ${destinationId}
    and p.workspace_id = k.workspace_id and p.id = k.profile_id and p.merged_into is not null`;
  await db.execute(sql`
    with joined as (
      select distinct on (p.merged_into) k.*, p.merged_into as to_id from ${destinationMembers} k, ${profiles} p
       where ${isJoined} and k.state in ('in', 'waiting', 'leaving', 'kept')
       order by p.merged_into, k.changed_at desc, k.profile_id
    ), moved as (
      insert into ${destinationMembers}
             (workspace_id, profile_id, destination_id, state, address, phone, reason, ticket, attempts, retry_at, changed_at)
      select workspace_id, to_id, destination_id, state, address, phone, reason, ticket, attempts, retry_at, changed_at
        from joined
          on conflict (workspace_id, profile_id, destination_id) do nothing
      returning profile_id
    )
    delete from ${destinationMembers} k using joined j, moved v
     where k.workspace_id = ${workspaceId} and k.destination_id = ${destinationId}
       and k.profile_id = j.profile_id and j.to_id = v.profile_id`);
  await db.execute(sql`
    delete from ${destinationMembers} k using ${profiles} p
     where ${isJoined} and k.state in ('out', 'refused', 'left_out')`);
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

/** How many are there, or will be once the place outside has done what it was told. */
export async function countThere(db: Db, { workspaceId, destinationId }: Target): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(
    db,
    sql`select count(*) as count from ${destinationMembers}
         where workspace_id = ${workspaceId} and destination_id = ${destinationId}
           and state in ('in', 'waiting', 'leaving', 'kept')`,
  );
  return Number(row?.count ?? 0);
}

/** Everyone counts as not told yet: for an audience that was emptied or lost over there. Who left still leaves. */
export async function forgetThere(
  db: Db,
  { workspaceId, destinationId, segmentKey }: Target,
  at: Date,
): Promise<void> {
  await db.execute(sql`
    update ${destinationMembers} k set state = 'out', ticket = null, changed_at = ${at.toISOString()}::timestamptz
     where k.workspace_id = ${workspaceId} and k.destination_id = ${destinationId} and k.state in ('in', 'waiting')
       and exists (select 1 from ${memberships} s where s.workspace_id = ${workspaceId} and s.segment_key = ${segmentKey}
                      and s.profile_id = k.profile_id and s.left_at is null)`);
}

/** Lets the next push try everyone again who was refused. */
export async function retryRefused(db: Db, { workspaceId, destinationId }: Target): Promise<void> {
  await db.execute(sql`
    update ${destinationMembers} set retry_at = null
     where workspace_id = ${workspaceId} and destination_id = ${destinationId} and state = 'refused'`);
}

/** Runs whose process died: whoever holds the lease knows that none is under way. */
export async function closeAbandonedRuns(
  db: Db,
  { workspaceId, destinationId }: Target,
  at: Date,
): Promise<void> {
  await db.execute(sql`
    update ${destinationRuns}
       set status = case when added + removed + refused > 0 then 'partial' else 'failed' end,
           message = 'It was interrupted. The next push goes on where it was.', finished_at = ${at.toISOString()}::timestamptz
     where workspace_id = ${workspaceId} and destination_id = ${destinationId} and status = 'running'`);
}

export type RefusedPerson = {
  profile_id: string;
  address: string | null;
  phone: string | null;
  reason: string | null;
  attempts: number;
  retry_at: string | null;
  state: string;
};

/**
 * People in some states, and everyone else with a reason: whom the place outside did not let go, or took with a
 * remark. The newest first. Served by destination_members_destination.
 */
export async function selectMembers(
  db: Db,
  target: { workspaceId: string; destinationId: string },
  page: { states: string[]; limit: number },
): Promise<RefusedPerson[]> {
  return await rowsOf(
    db,
    sql`select profile_id, address, phone, reason, attempts, retry_at, state from ${destinationMembers}
         where workspace_id = ${target.workspaceId} and destination_id = ${target.destinationId}
           and (state = any(${sql.param(page.states)}::text[]) or reason is not null)
         order by changed_at desc, profile_id limit ${page.limit}`,
  );
}

/** Why people were refused, the commonest first. */
export async function countReasons(
  db: Db,
  { workspaceId, destinationId }: { workspaceId: string; destinationId: string },
): Promise<{ reason: string; count: number }[]> {
  const rows = await rowsOf<{ reason: string | null; count: string }>(
    db,
    sql`select reason, count(*) as count from ${destinationMembers}
         where workspace_id = ${workspaceId} and destination_id = ${destinationId}
           and (state = 'refused' or reason is not null)
         group by reason order by count(*) desc, reason limit 10`,
  );
  return rows.map(({ reason, count }) => ({
    reason: reason ?? 'No reason was given.',
    count: Number(count),
  }));
}
