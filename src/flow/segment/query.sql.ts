import { type SQL, sql } from 'drizzle-orm';
import { profiles } from '../../db/schema/identify.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { facts } from '../../db/schema/score.ts';
import { memberships } from '../../db/schema/segment.ts';
import type { Knowledge } from './known.ts';
import { addColumn, type Passes, passesSql } from './passes.sql.ts';
import { aliasOf, keptWhole, propertiesIn, type Readings, readingsSql } from './readings.sql.ts';
import { canonicalEvent } from './rules/events.ts';
import type { Query } from './rules/kind.ts';

export type Looking = Knowledge & {
  workspaceId: string;
  asOf: Date;
  /** null: everyone. */
  profileIds: string[] | null;
  /** Their ids as an array that the statement has already, where that is so. */
  people?: SQL | undefined;
  /** Of everyone those alone whose id meets a condition, which begins with `and`. */
  part?: (id: SQL) => SQL;
  /** Set where their facts are up to date: who has any is living, and the one search for facts finds both. */
  haveFacts?: true;
  /** Rows of a segment as this query should see them; the stored ones unless said. */
  memberships?: (segmentKey: string) => SQL;
  /** Set for a moment before the last refresh: traits and facts as of then, with the columns of the stored ones. */
  history?: { traits: SQL; facts: SQL };
};

type Tables = { traits: Readings; facts: boolean };

/** A query that rules are compiled against, and the `from` that carries what they asked for. */
export type OpenQuery = { query: Query; from: () => SQL };

/**
 * One pass over the living people `p`, with their traits `t` and facts `f` where they are asked for. What rules ask of
 * events is gathered into a few grouped subqueries, joined: never a correlated EXISTS (over ten times
 * slower, measured).
 */
export function openQuery(looking: Looking): OpenQuery {
  const { workspaceId, asOf, known } = looking;
  const passes: Passes = new Map();
  const joins: SQL[] = [];
  const tables: Tables = { traits: new Map(), facts: false };
  // As one text, made once: every subquery names them again.
  const people =
    looking.people ?? (looking.profileIds && sql`${`{${looking.profileIds.join(',')}}`}::uuid[]`);
  const among = (id: SQL) =>
    people === null ? (looking.part?.(id) ?? sql``) : sql`and ${id} = any(${people})`;
  const query: Query = {
    asOf,
    zone: known.zone,
    known,
    workspaceId,
    isOfFew: people !== null,
    among,
    nameId: (event) => looking.nameIds.get(canonicalEvent(event)) ?? null,
    trait: propertiesIn(sql`t.traits`, sql`t`, tables.traits),
    get facts() {
      if (looking.haveFacts) return sql`p`;
      tables.facts = true;
      return sql`f`;
    },
    memberships: looking.memberships ?? ((key) => storedMemberships({ workspaceId, asOf, key }, among)),
    join: (subquery) => {
      const alias = aliasOf('j', joins.length);
      joins.push(sql`left join (${subquery}) ${alias} on ${alias}.profile_id = p.id`);
      return alias;
    },
    aggregate: (pass, key, column) => addColumn(passes, pass, key, column),
  };
  return { query, from: () => fromSql(looking, query, tablesSql(looking, query, tables), passes, joins) };
}

/** As published at the moment: who left later was in. Present and past apart, as their indexes are. */
export function storedMemberships(
  { workspaceId, asOf, key }: { workspaceId: string; asOf: Date; key: string },
  among: (id: SQL) => SQL,
): SQL {
  const at = sql`${asOf.toISOString()}::timestamptz`;
  const entered = sql`m.workspace_id = ${workspaceId} and m.segment_key = ${key} and m.entered_at <= ${at} ${among(sql`m.profile_id`)}`;
  return sql`
    select m.profile_id, m.entered_at, m.left_at from ${memberships} m where ${entered} and m.left_at is null
     union all
    select m.profile_id, m.entered_at, case when m.left_at <= ${at} then m.left_at end from ${memberships} m
     where ${entered} and m.left_at is not null`;
}

function tablesSql(looking: Looking, query: Query, tables: Tables): SQL {
  const { history, workspaceId } = looking;
  const traits = sql`left join (
    select t.workspace_id, t.profile_id, t.traits, ${readingsSql(tables.traits)}
      from ${history?.traits ?? profileTraits} t
     where t.workspace_id = ${workspaceId} ${query.among(sql`t.profile_id`)}
     ${keptWhole(sql`t.workspace_id`)}) t on t.workspace_id = p.workspace_id and t.profile_id = p.id`;
  const known = sql`left join ${history?.facts ?? facts} f on f.workspace_id = p.workspace_id and f.profile_id = p.id ${query.among(sql`f.profile_id`)}`;
  return sql`${tables.traits.size ? traits : sql``} ${tables.facts ? known : sql``}`;
}

function fromSql(looking: Looking, query: Query, tables: SQL, passes: Passes, joins: SQL[]): SQL {
  const { workspaceId } = looking;
  const grouped = passesSql(passes, query).map((pass, index) => {
    const alias = aliasOf('e', index);
    return sql`left join (${pass}) ${alias} on ${alias}.profile_id = p.id`;
  });
  const people = looking.haveFacts
    ? sql`(select f.profile_id as id, f.* from ${facts} f) p`
    : sql`(select * from ${profiles} p where p.merged_into is null and p.erased_at is null) p`;
  return sql`
      from ${people}
      ${sql.join([tables, ...grouped, ...joins], sql` `)}
     where p.workspace_id = ${workspaceId} ${query.among(sql`p.id`)}`;
}
