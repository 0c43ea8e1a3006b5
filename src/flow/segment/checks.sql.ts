import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { changedProfiles } from '../../db/schema/identify.ts';
import { memberships, misplacedPeople, refreshes, segmentChecks, segments } from '../../db/schema/segment.ts';
import { withTimes } from '../../db/times.ts';
import type { Looking } from './query.sql.ts';
import { type Asked, wantedSql } from './verdicts.sql.ts';

/** Shown by name; the rest is counted. */
const MOST_NAMED = 100;

/**
 * The segments whose turn it is: those with an alarm, those that are new or were edited since they were looked at,
 * and of the others the ones that have waited longest.
 */
export async function listDueChecks(db: Db, workspaceId: string, rotating: number): Promise<string[]> {
  const rows = await rowsOf<{ key: string }>(
    db,
    sql`
    with ready as (
      select s.key, c.checked_at, coalesce(c.missing + c.surplus > 0, false) as is_wrong,
             c.checked_at is null or s.updated_at > c.checked_at as is_changed
        from ${segments} s
        left join ${segmentChecks} c on c.workspace_id = s.workspace_id and c.segment_key = s.key
       where s.workspace_id = ${workspaceId} and s.removed_at is null and s.is_enabled and s.status = 'ready'
         and s.computed_version = s.version
    ),
    turns as (
      select r.*, row_number() over (partition by r.is_wrong or r.is_changed order by r.checked_at, r.key) as turn
        from ready r
    )
    select t.key from turns t
     where t.is_wrong or t.is_changed or t.turn <= ${rotating}
     order by t.is_wrong desc, t.is_changed desc, t.checked_at nulls first, t.key`,
  );
  return rows.map(({ key }) => key);
}

export type Misplaced = { profileId: string; expected: 'in' | 'out' };
export type Found = { missing: number; surplus: number; people: Misplaced[] };

/**
 * Who is stored in a segment and should not be, and the other way round. Of whom something came in since the last
 * refresh nothing is said: in the same statement, so that nobody slips in between.
 */
export async function findMisplaced(db: Db, looking: Looking, asked: Asked): Promise<Found> {
  const rows = await rowsOf<{ id: string; is_missing: boolean; missing: string; surplus: string }>(
    db,
    sql`
    with wanted as materialized (${wantedSql(looking, [asked])}),
    present as materialized (
      select m.profile_id from ${memberships} m
       where m.workspace_id = ${looking.workspaceId} and m.left_at is null and m.segment_key = ${asked.key}
    ),
    wrong as materialized (
      select coalesce(w.profile_id, n.profile_id) as id, n.profile_id is null as is_missing
        from wanted w full join present n on n.profile_id = w.profile_id
       where w.profile_id is null or n.profile_id is null
    )
    select o.id, o.is_missing, count(*) filter (where o.is_missing) over () as missing,
           count(*) filter (where not o.is_missing) over () as surplus
      from wrong o
     where not exists (select 1 from ${changedProfiles} c
                        where c.workspace_id = ${looking.workspaceId} and c.profile_id = o.id)
     order by o.id limit ${MOST_NAMED}`,
  );
  return {
    missing: Number(rows[0]?.missing ?? 0),
    surplus: Number(rows[0]?.surplus ?? 0),
    people: rows.map((row) => ({ profileId: row.id, expected: row.is_missing ? 'in' : 'out' })),
  };
}

type CheckKey = { workspaceId: string; key: string };

/** Instead of what the check before it found. */
export async function keepCheck(
  db: Db,
  { workspaceId, key }: CheckKey,
  check: Found & { checkedAt: Date; asOf: Date },
): Promise<void> {
  const { missing, surplus, checkedAt, asOf } = check;
  await db
    .insert(segmentChecks)
    .values({ workspaceId, segmentKey: key, checkedAt, asOf, missing, surplus })
    .onConflictDoUpdate({
      target: [segmentChecks.workspaceId, segmentChecks.segmentKey],
      set: { checkedAt, asOf, missing, surplus },
    });
  await db.execute(sql`
    delete from ${misplacedPeople} where workspace_id = ${workspaceId} and segment_key = ${key}`);
  await db.execute(sql`
    insert into ${misplacedPeople} (workspace_id, profile_id, segment_key, expected)
    select ${workspaceId}::uuid, g."profileId", ${key}, g.expected
      from json_to_recordset(${JSON.stringify(check.people)}::json) as g ("profileId" uuid, expected text)`);
}

export type Alarm = { key: string; name: string; checkedAt: Date; missing: number; surplus: number };

/** What the last checks found wrong, by segment that still stands. */
export async function listAlarms(db: Db, workspaceId: string): Promise<Alarm[]> {
  const rows = await rowsOf<{
    key: string;
    name: string;
    checkedAt: string;
    missing: string;
    surplus: string;
  }>(
    db,
    sql`
    select s.key, s.name, c.checked_at as "checkedAt", c.missing, c.surplus
      from ${segmentChecks} c join ${segments} s on s.workspace_id = c.workspace_id and s.key = c.segment_key
     where c.workspace_id = ${workspaceId} and c.missing + c.surplus > 0 and s.removed_at is null and s.is_enabled
     order by s.name, s.key`,
  );
  return withTimes(rows, 'checkedAt').map((row) => ({
    ...row,
    missing: Number(row.missing),
    surplus: Number(row.surplus),
  }));
}

/** By id, at most a hundred. */
export async function listMisplaced(db: Db, { workspaceId, key }: CheckKey): Promise<Misplaced[]> {
  return await rowsOf<Misplaced>(
    db,
    sql`
    select p.profile_id as "profileId", p.expected from ${misplacedPeople} p
     where p.workspace_id = ${workspaceId} and p.segment_key = ${key} order by p.expected, p.profile_id`,
  );
}

/** Who came and went in one segment with one refresh. */
export async function countMoved(
  db: Db,
  { workspaceId, refreshId, key }: { workspaceId: string; refreshId: string; key: string },
): Promise<{ entered: number; left: number }> {
  const [row] = await rowsOf<{ entered: number; left: number }>(
    db,
    sql`select (s.one ->> 'entered')::int as entered, (s.one ->> 'left')::int as "left"
          from ${refreshes} r cross join jsonb_array_elements(r.segments) as s (one)
         where r.workspace_id = ${workspaceId} and r.id = ${refreshId} and s.one ->> 'key' = ${key}`,
  );
  return row ?? { entered: 0, left: 0 };
}
