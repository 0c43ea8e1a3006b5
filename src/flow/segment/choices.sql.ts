import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileAliases } from '../../db/schema/identify.ts';
import { segmentChoices, segments } from '../../db/schema/segment.ts';
import { withTimes } from '../../db/times.ts';
import type { Query } from './rules/kind.ts';

/**
 * A rule's verdict with what was decided by hand: left out, else put in, else the rule. A choice made for a profile
 * that joined another counts for whom it joined, and where the two differ, leaving out wins; it is read through the
 * aliases rather than moved, so that parting them gives each their own back.
 */
export function withChoices(rule: SQL, key: string, query: Query): SQL {
  return sql`coalesce(not ${isLeftOut(key, query)}, ${rule})`;
}

/** By hand left out, or put in (false); null where nobody decided. */
export function isLeftOut(key: string, query: Query): SQL {
  return sql`${query.join(decisionsOf(query.workspaceId, key, query.among))}.is_out`;
}

/** Rows (profile_id, is_out) of whom somebody decided about, whoever of their former selves it was said of. */
function decisionsOf(workspaceId: string, key: string, among: (id: SQL) => SQL): SQL {
  return sql`
    select o.profile_id, bool_or(o.choice = 'out') as is_out
      from (select c.profile_id, c.choice from ${segmentChoices} c
             where c.workspace_id = ${workspaceId} and c.segment_key = ${key} ${among(sql`c.profile_id`)}
            union all
            select a.profile_id, c.choice
              from ${profileAliases} a
              join ${segmentChoices} c on c.workspace_id = a.workspace_id and c.profile_id = a.alias_id
             where a.workspace_id = ${workspaceId} and c.segment_key = ${key} ${among(sql`a.profile_id`)}) o
     group by o.profile_id`;
}

/** The segments anybody was chosen for: the others are spared the join. A look into an index for each segment. */
export async function listChosenKeys(db: Db, workspaceId: string): Promise<Set<string>> {
  const rows = await rowsOf<{ key: string }>(
    db,
    sql`select s.key from ${segments} s
         where s.workspace_id = ${workspaceId} and exists (
                 select 1 from ${segmentChoices} c where c.workspace_id = s.workspace_id and c.segment_key = s.key)`,
  );
  return new Set(rows.map((row) => row.key));
}

export type Choice = {
  /** The profile it was made for, and who that is now. */
  profileId: string;
  ownerId: string;
  segmentKey: string;
  choice: 'in' | 'out';
  note: string | null;
  createdBy: string | null;
  createdAt: Date;
};

/** Choices for a segment, or for some people over all segments; by time, the newest first, a page at a time. */
export async function listChoices(
  db: Db,
  wish: {
    workspaceId: string;
    segmentKey?: string;
    profileIds?: string[];
    after?: { at: Date; profileId: string } | null;
    limit: number;
  },
): Promise<Choice[]> {
  const ofSegment = wish.segmentKey ? sql`and c.segment_key = ${wish.segmentKey}` : sql``;
  const ofPeople = wish.profileIds ? madeFor(wish.workspaceId, wish.profileIds) : sql``;
  const after = wish.after
    ? sql`and (c.created_at, c.profile_id) < (${wish.after.at.toISOString()}::timestamptz, ${wish.after.profileId}::uuid)`
    : sql``;
  const rows = await rowsOf<Omit<Choice, 'createdAt'> & { createdAt: string }>(
    db,
    sql`select c.profile_id as "profileId", coalesce(a.profile_id, c.profile_id) as "ownerId",
               c.segment_key as "segmentKey", c.choice, c.note, c.created_by as "createdBy", c.created_at as "createdAt"
          from ${segmentChoices} c
          left join ${profileAliases} a on a.workspace_id = c.workspace_id and a.alias_id = c.profile_id
         where c.workspace_id = ${wish.workspaceId} ${ofSegment} ${ofPeople} ${after}
         order by c.created_at desc, c.profile_id desc limit ${wish.limit}`,
  );
  return withTimes(rows, 'createdAt');
}

type Said = { workspaceId: string; segmentKey: string; choice: 'in' | 'out'; profileIds: string[] };

/** Of these people, how many it was decided of already. */
export async function countDecided(db: Db, wish: Said): Promise<number> {
  const { workspaceId, segmentKey, choice } = wish;
  const among = (id: SQL) => sql`and ${id} = any(${sql.param(wish.profileIds)}::uuid[])`;
  const [row] = await rowsOf<{ count: string }>(
    db,
    sql`select count(*) as count from (${decisionsOf(workspaceId, segmentKey, among)}) d
         where d.is_out = ${choice === 'out'}`,
  );
  return Number(row?.count ?? 0);
}

/** What was said otherwise of profiles that joined these people, before they were known to be one. Gives whose it was. */
export async function deleteFormerChoices(db: Db, wish: Said): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`delete from ${segmentChoices} c
         where c.workspace_id = ${wish.workspaceId} and c.segment_key = ${wish.segmentKey} and c.choice <> ${wish.choice}
           and c.profile_id in (${formerIds(wish.workspaceId, wish.profileIds)})
        returning c.profile_id as id`,
  );
  return rows.map((row) => row.id);
}

/** Writes a choice for each; said again it is the newer word. Gives whose choice, or note, is another now. */
export async function writeChoices(
  db: Db,
  wish: Said & { note: string | null; userId: string | null; at: Date },
): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`insert into ${segmentChoices} as c (workspace_id, profile_id, segment_key, choice, note, created_by, created_at)
        select ${wish.workspaceId}::uuid, g.id, ${wish.segmentKey}, ${wish.choice}, ${wish.note}, ${wish.userId}::uuid,
               ${wish.at.toISOString()}::timestamptz
          from (select distinct u.id from unnest(${sql.param(wish.profileIds)}::uuid[]) as u (id)) g
            on conflict (workspace_id, profile_id, segment_key) do update
           set choice = excluded.choice, note = excluded.note, created_by = excluded.created_by,
               created_at = excluded.created_at
         where c.choice <> excluded.choice or c.note is distinct from excluded.note
        returning c.profile_id as id`,
  );
  return rows.map((row) => row.id);
}

/** Takes back what was chosen for these people, also under the profiles that joined them. Gives whose it was. */
export async function deleteChoices(
  db: Db,
  wish: { workspaceId: string; segmentKey: string; profileIds: string[] },
): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`delete from ${segmentChoices} c
         where c.workspace_id = ${wish.workspaceId} and c.segment_key = ${wish.segmentKey}
           ${madeFor(wish.workspaceId, wish.profileIds)}
        returning c.profile_id as id`,
  );
  return rows.map((row) => row.id);
}

/** For a list that is replaced: takes out whoever was put in by hand and is not kept. Gives who they are now. */
export async function deleteOlderChoices(
  db: Db,
  wish: { workspaceId: string; segmentKey: string; keep: string[] },
): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`with gone as (
          delete from ${segmentChoices} c
           where c.workspace_id = ${wish.workspaceId} and c.segment_key = ${wish.segmentKey} and c.choice = 'in'
             and c.profile_id not in (${allIds(wish.workspaceId, wish.keep)})
          returning c.profile_id
        )
        select distinct coalesce(a.profile_id, g.profile_id) as id
          from gone g
          left join ${profileAliases} a on a.workspace_id = ${wish.workspaceId} and a.alias_id = g.profile_id`,
  );
  return rows.map((row) => row.id);
}

function madeFor(workspaceId: string, profileIds: string[]): SQL {
  return sql`and c.profile_id in (${allIds(workspaceId, profileIds)})`;
}

/** People as they are now and as they were before they were joined. */
function allIds(workspaceId: string, profileIds: string[]): SQL {
  return sql`select unnest(${sql.param(profileIds)}::uuid[]) union ${formerIds(workspaceId, profileIds)}`;
}

function formerIds(workspaceId: string, profileIds: string[]): SQL {
  return sql`
    select l.alias_id from ${profileAliases} l
     where l.workspace_id = ${workspaceId} and l.profile_id = any(${sql.param(profileIds)}::uuid[])`;
}
