import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { memberships, segmentVersions } from '../../db/schema/segment.ts';
import { destinationMembers, destinations } from '../../db/schema/send-destinations.ts';
import type { Target } from './destination-people.sql.ts';

/**
 * Who came or went when the segment's rule was changed quietly stays outside as they were: not told there, not
 * taken away. It ends when their membership next changes by itself. May run twice; before every push.
 */
export async function settleQuietChanges(db: Db, target: Target, at: Date): Promise<void> {
  await endQuiet(db, target, at);
  await leaveOut(db, target, at);
  await keepThere(db, target, at);
}

async function endQuiet(db: Db, target: Target, at: Date): Promise<void> {
  await db.execute(sql`
    update ${destinationMembers} k
       set state = case k.state when 'left_out' then 'out' else 'in' end, changed_at = ${at.toISOString()}::timestamptz
     where ${isThere(target)} and k.state in ('left_out', 'kept')
       and (k.state = 'kept') = exists (
             select 1 from ${memberships} m
              where ${isOf(target)} and m.profile_id = k.profile_id and m.left_at is null)`);
}

/** Entered at the instant a quiet version was published. Served by memberships_present. */
async function leaveOut(db: Db, target: Target, at: Date): Promise<void> {
  await db.execute(sql`
    insert into ${destinationMembers} as k (workspace_id, profile_id, destination_id, state, changed_at)
    select m.workspace_id, m.profile_id, ${target.destinationId}::uuid, 'left_out', ${at.toISOString()}::timestamptz
      from ${memberships} m
     where ${isOf(target)} and m.left_at is null and m.entered_at = any(${quietMoments(target)})
        on conflict (workspace_id, profile_id, destination_id) do update
       set state = excluded.state, changed_at = excluded.changed_at
     where k.state in ('out', 'refused')`);
}

/** Left at that instant, and not come back since. Served by memberships_left. */
async function keepThere(db: Db, target: Target, at: Date): Promise<void> {
  await db.execute(sql`
    update ${destinationMembers} k set state = 'kept', changed_at = ${at.toISOString()}::timestamptz
      from ${memberships} m
     where ${isThere(target)} and k.state = 'in' and ${isOf(target)} and m.profile_id = k.profile_id
       and m.left_at = any(${quietMoments(target)})
       and not exists (
             select 1 from ${memberships} n
              where n.workspace_id = ${target.workspaceId} and n.segment_key = ${target.segmentKey}
                and n.profile_id = k.profile_id and n.entered_at > m.entered_at)`);
}

function isThere({ workspaceId, destinationId }: Target): SQL {
  return sql`k.workspace_id = ${workspaceId} and k.destination_id = ${destinationId}`;
}

function isOf({ workspaceId, segmentKey }: Target): SQL {
  return sql`m.workspace_id = ${workspaceId} and m.segment_key = ${segmentKey}`;
}

/** A destination that is newer than the change gets everyone. */
function quietMoments({ workspaceId, destinationId, segmentKey }: Target): SQL {
  return sql`array(
    select v.published_at from ${segmentVersions} v
      join ${destinations} d on d.workspace_id = v.workspace_id and d.id = ${destinationId}
     where v.workspace_id = ${workspaceId} and v.segment_key = ${segmentKey} and v.is_quiet
       and v.published_at >= d.created_at)`;
}
