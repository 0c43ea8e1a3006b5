import { type SQL, sql } from 'drizzle-orm';
import { newId } from '../../db/ids.ts';
import { byName, namedOnce } from '../../db/planning.ts';
import type { Db } from '../../db/pool.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';
import type { Looking } from './query.sql.ts';
import { type Asked, type Part, wantedSql } from './verdicts.sql.ts';

type PartOfSome = Part & { looking: { profileIds: string[] } };

/**
 * Evaluates the segments of each part over its people, in one statement for all, and stages the differences to the
 * present memberships. Also who is no longer among the living comes out. A person and segment once within a refresh.
 */
export async function stageOfSome(db: Db, refreshId: string, parts: PartOfSome[]): Promise<void> {
  const { head, people } = namedOnce(parts.map(({ looking }) => looking.profileIds));
  const moves = parts.map(({ looking, asked }, index) =>
    movesSql({ ...looking, people: people[index] }, asked),
  );
  const { workspaceId } = parts[0]!.looking;
  const keys = (isWanted: SQL) => sql`coalesce(array_agg(d.segment_key) filter (where ${isWanted}), '{}')`;
  const statement = sql`
    with ${head}, moves as (${sql.join(moves, sql` union all `)})
    insert into ${stagedChanges} (workspace_id, profile_id, refresh_id, batch_id, entered, "left")
    select ${workspaceId}::uuid, d.profile_id, ${refreshId}::uuid, d.batch_id,
           ${keys(sql`d.is_wanted`)}, ${keys(sql`not d.is_wanted`)}
      from moves d
     group by d.profile_id, d.batch_id`;
  await byName(db, async (tx) => await tx.execute(statement));
}

const FEW_SEGMENTS = 8;

/** Rows (profile_id, segment_key, is_wanted, batch_id) of who is to come or go. */
function movesSql(looking: Looking, asked: Asked[]): SQL {
  const isAsked = sql`m.segment_key = any(${sql.param(asked.map(({ key }) => key))}::text[])`;
  // Of many segments people are read with all they are in, not searched for in each; of a few, these alone are looked up.
  const among = asked.length <= FEW_SEGMENTS ? isAsked : sql`(${isAsked}) is true`;
  return sql`
    select coalesce(w.profile_id, n.profile_id) as profile_id, coalesce(w.segment_key, n.segment_key) as segment_key,
           n.profile_id is null as is_wanted, ${newId()}::uuid as batch_id
      from (${wantedSql(looking, asked)}) w
      full join (
        select m.profile_id, m.segment_key from ${memberships} m
         where m.workspace_id = ${looking.workspaceId} and m.left_at is null and ${among}
           and m.profile_id = any(${looking.people})
      ) n on n.profile_id = w.profile_id and n.segment_key = w.segment_key
     where w.profile_id is null or n.profile_id is null`;
}
