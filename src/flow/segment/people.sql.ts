import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { eventNames, events, identifiers, profiles, records } from '../../db/schema/identify.ts';
import { consents } from '../../db/schema/profile.ts';
import { memberships } from '../../db/schema/segment.ts';
import { factsAsOf, traitsAsOf } from './history.sql.ts';
import { FACT_NAMES, FACTS } from './rules/fact-names.ts';
import type { Person } from './rules/person.ts';
import { parseExact, toMillionths, type Value } from './rules/values.ts';

export type PeopleScope = {
  workspace: { id: string; currency: string };
  asOf: Date;
  /** True for a moment before the last refresh: facts and traits are those of then. */
  isPast: boolean;
};

/** Living people with all that rules may ask of them, for evaluation in memory. */
export async function loadPeople(db: Db, scope: PeopleScope, profileIds: string[]): Promise<Person[]> {
  const people = new Map((await loadTraitsAndFacts(db, scope, profileIds)).map((one) => [one.id, one]));
  const ids = sql`${sql.param([...people.keys()])}::uuid[]`;
  const parts = [
    { statement: eventsSql(scope.workspace.id, ids), put: putEvent },
    { statement: consentsSql(scope.workspace.id, ids), put: putConsent },
    { statement: identifiersSql(scope.workspace.id, ids), put: putIdentifier },
    { statement: recordsSql(scope.workspace.id, ids), put: putSource },
    { statement: membershipsSql(scope.workspace.id, ids), put: putMembership },
  ];
  for (const { statement, put } of parts)
    for (const row of await rowsOf<Row>(db, statement)) put(people.get(row.profile)!, row);
  return [...people.values()];
}

/** Rows as text: each `put` reads its own columns. Times are milliseconds. */
type Row = { profile: string; [column: string]: string | null };

async function loadTraitsAndFacts(db: Db, scope: PeopleScope, profileIds: string[]): Promise<Person[]> {
  const among = (id: SQL) => sql`and ${id} = any(${sql.param(profileIds)}::uuid[])`;
  const rows = await rowsOf<Row>(
    db,
    sql`select p.id as profile, coalesce(t.traits, '{}')::text as traits, to_jsonb(f)::text as facts
          from ${profiles} p
          left join ${traitsAsOf(scope, among)} t on t.workspace_id = p.workspace_id and t.profile_id = p.id
          left join ${factsAsOf(scope, profileIds)} f on f.workspace_id = p.workspace_id and f.profile_id = p.id
         where p.workspace_id = ${scope.workspace.id} and p.merged_into is null and p.erased_at is null
           ${among(sql`p.id`)}`,
  );
  return rows.map((row) => ({
    id: row.profile,
    traits: readObject(row.traits ?? null),
    facts: readFacts(row.facts ?? null),
    events: [],
    consents: [],
    identifiers: [],
    sources: [],
    memberships: [],
  }));
}

/** Numbers are exact already; moments get the spelling that all evaluators read. */
function readFacts(text: string | null): { [name: string]: Value } {
  const row = readObject(text);
  return Object.fromEntries(
    FACT_NAMES.map((name) => {
      const value = row[FACTS[name].column] ?? null;
      const isMoment = FACTS[name].type === 'instant' && typeof value === 'string';
      return [name, isMoment ? new Date(value).toISOString() : value];
    }),
  );
}

const milliseconds = (at: SQL) => sql`(extract(epoch from ${at}) * 1000)::double precision::text`;

function eventsSql(workspaceId: string, ids: SQL): SQL {
  return sql`
    select e.profile_id as profile, e.id, n.name, ${milliseconds(sql`e.occurred_at`)} as at, e.source_id as source,
           e.value::text as value, e.properties::text as properties
      from ${events} e join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
     where e.workspace_id = ${workspaceId} and e.profile_id = any(${ids})`;
}

function putEvent(person: Person, row: Row): void {
  person.events.push({
    id: row.id!,
    name: row.name!,
    at: Number(row.at),
    sourceId: row.source!,
    value: row.value === null ? null : toMillionths(row.value!),
    properties: readObject(row.properties!),
  });
}

function consentsSql(workspaceId: string, ids: SQL): SQL {
  return sql`
    select c.profile_id as profile, c.channel, c.topic, c.state, ${milliseconds(sql`c.decided_at`)} as decided,
           ${milliseconds(sql`c.received_at`)} as received
      from ${consents} c where c.workspace_id = ${workspaceId} and c.profile_id = any(${ids})`;
}

function putConsent(person: Person, row: Row): void {
  person.consents.push({
    channel: row.channel!,
    topic: row.topic ?? null,
    state: row.state === 'granted' ? 'granted' : 'withdrawn',
    decidedAt: row.decided === null ? null : Number(row.decided),
    receivedAt: Number(row.received),
  });
}

function identifiersSql(workspaceId: string, ids: SQL): SQL {
  return sql`select i.profile_id as profile, i.kind from ${identifiers} i
              where i.workspace_id = ${workspaceId} and i.profile_id = any(${ids})`;
}

function putIdentifier(person: Person, row: Row): void {
  person.identifiers.push({ kind: row.kind! });
}

function recordsSql(workspaceId: string, ids: SQL): SQL {
  return sql`select distinct r.profile_id as profile, r.source_id as source from ${records} r
              where r.workspace_id = ${workspaceId} and r.profile_id = any(${ids})`;
}

function putSource(person: Person, row: Row): void {
  person.sources.push(row.source!);
}

function membershipsSql(workspaceId: string, ids: SQL): SQL {
  return sql`
    select m.profile_id as profile, m.segment_key as key, ${milliseconds(sql`m.entered_at`)} as entered,
           ${milliseconds(sql`m.left_at`)} as "left"
      from ${memberships} m where m.workspace_id = ${workspaceId} and m.profile_id = any(${ids})`;
}

function putMembership(person: Person, row: Row): void {
  person.memberships.push({
    segmentKey: row.key!,
    enteredAt: Number(row.entered),
    leftAt: row.left === null ? null : Number(row.left),
  });
}

/** JSON objects as Postgres keeps them. */
function readObject(text: string | null): { [name: string]: Value } {
  const value = parseExact(text ?? '{}');
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
