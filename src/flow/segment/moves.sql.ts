import { type SQL, sql } from 'drizzle-orm';
import { newId } from '../../db/ids.ts';
import { byName, namedOnce } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';
import type { Looking } from './query.sql.ts';
import { type Asked, type Part, wantedSql } from './verdicts.sql.ts';

type PartOfSome = Part & { looking: { profileIds: string[] } };

/**
 * Evaluates the segments of each part over its people, in one statement for all, and stages the differences to the
 * present memberships. Also who is no longer among the living comes out. A person and segment once within a refresh.
 */
export async function stageOfSome(db: Db, refreshId: string, parts: PartOfSome[]): Promise<void> {
  const statement = sql`with ${differing(parts)} ${insertSql(refreshId)}`;
  await byName(db, async (tx) => await tx.execute(statement));
}

/** The same differences as a JSON array, for `stageMoves` on another connection. */
export type Moves = string;

export async function readMoves(db: Db, parts: PartOfSome[]): Promise<Moves> {
  const statement = sql`with ${differing(parts)} select coalesce(json_agg(d), '[]')::text as moves from differing d`;
  const [row] = await byName(db, async (tx) => await rowsOf<{ moves: Moves }>(tx, statement));
  return row!.moves;
}

export async function stageMoves(db: Db, refreshId: string, moves: Moves): Promise<void> {
  await db.execute(sql`
    with differing as (select * from json_populate_recordset(null::${stagedChanges}, ${moves}::json))
    ${insertSql(refreshId)}`);
}

function insertSql(refreshId: string): SQL {
  return sql`
    insert into ${stagedChanges} (workspace_id, profile_id, refresh_id, batch_id, entered, "left")
    select d.workspace_id, d.profile_id, ${refreshId}::uuid, d.batch_id, d.entered, d."left" from differing d`;
}

/** Subqueries, the last of which is `differing`: a row a person with the keys of where they come and go. */
function differing(parts: PartOfSome[]): SQL {
  const { workspaceId } = parts[0]!.looking;
  const { head, people } = namedOnce(parts.map(({ looking }) => looking.profileIds));
  const moves = parts.map(({ looking, asked }, index) =>
    movesSql({ ...looking, people: people[index] }, asked),
  );
  const keys = (isWanted: SQL) => sql`coalesce(array_agg(d.segment_key) filter (where ${isWanted}), '{}')`;
  return sql`
    ${head}, moves as (${sql.join(moves, sql` union all `)}),
    differing as (
      select ${workspaceId}::uuid as workspace_id, d.profile_id, d.batch_id,
             ${keys(sql`d.is_wanted`)} as entered, ${keys(sql`not d.is_wanted`)} as "left"
        from moves d
       group by d.profile_id, d.batch_id
    )`;
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
