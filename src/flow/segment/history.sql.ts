import { type SQL, sql } from 'drizzle-orm';
import { sources } from '../../db/schema/collect.ts';
import { profileTraits, traitValues } from '../../db/schema/profile.ts';
import { facts } from '../../db/schema/score.ts';
import { computedFacts } from '../score/computed-facts.sql.ts';

export type HistoryScope = { workspace: { id: string; currency: string }; asOf: Date; isPast: boolean };

/** Traits (workspace_id, profile_id, traits) at the moment: as stored, or for a past one as they were said by then. */
export function traitsAsOf(scope: HistoryScope, among: (id: SQL) => SQL): SQL {
  if (!scope.isPast) return sql`${profileTraits}`;
  return sql`(
    select n.workspace_id, n.profile_id, jsonb_object_agg(n.name, n.value) as traits
      from (select distinct on (v.profile_id, v.name) v.workspace_id, v.profile_id, v.name, v.value
              from ${traitValues} v join ${sources} s on s.workspace_id = v.workspace_id and s.id = v.source_id
             where v.workspace_id = ${scope.workspace.id} and v.changed_at <= ${scope.asOf.toISOString()}::timestamptz
               ${among(sql`v.profile_id`)}
             order by v.profile_id, v.name, v.changed_at desc, s.created_at, s.id) n
     where n.value is not null and n.value <> 'null'::jsonb
     group by n.workspace_id, n.profile_id)`;
}

/** Facts at the moment: as stored, or for a past one computed from events up to it. Scores are those of the last scoring. */
export function factsAsOf(scope: HistoryScope, profileIds: string[] | null): SQL {
  if (!scope.isPast) return sql`${facts}`;
  return sql`(
    select ${scope.workspace.id}::uuid as workspace_id, c.*, s.rfm_r, s.rfm_f, s.rfm_m, s.rfm_group, s.lifecycle,
           s.expected_orders_90d, s.churn_risk_90d, s.predicted_value_12m
      from (${computedFacts({ workspace: scope.workspace, asOf: scope.asOf, profileIds })}) c
      left join ${facts} s on s.workspace_id = ${scope.workspace.id} and s.profile_id = c.profile_id)`;
}
