import { sql } from 'drizzle-orm';
import { now } from '../../src/base/clock.ts';
import type { Config } from '../../src/base/config.ts';
import { readConfig } from '../../src/base/config.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import type { Database } from '../../src/db/pool.ts';
import { matchForm } from '../../src/flow/identify/normalise.ts';
import { createDefaultTopics } from '../../src/flow/send/topics.ts';

export const HTML =
  '<p>Hello {{ firstName | default: "friend" }}</p><p><a href="https://tea.example/new">New tea</a></p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>';

/** How a business that may send is set up. */
export const SENDING = {
  sending: { fromName: "Ada's Tea", fromEmail: 'ada@tea.example', postalAddress: 'Teeweg 1, 10115 Berlin' },
};

export type Reader = {
  email: string | null;
  firstName?: string;
  consent?: 'granted' | 'withdrawn' | 'unknown';
};

/** The settings of a process; `extra` as in the environment. */
export function configOf(extra: Record<string, string> = {}): Config {
  return readConfig({ BASE_URL: 'http://localhost:3000', ...extra });
}

/** Puts people into a ready segment, each with traits, an identifier and a decision on the newsletter. Returns their ids. */
export async function addReaders(
  database: Database,
  workspace: Workspace,
  readers: Reader[],
  segmentKey = 'readers',
): Promise<string[]> {
  await loadConnectors();
  const ids = readers.map(() => newId()).sort();
  const at = now().toISOString();
  const ws = workspace.id;
  await withWorkspace(database, ws, async ({ db }) => {
    await createDefaultTopics(db, workspace);
    await db.execute(sql`insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
      select ${ws}::uuid, unnest(${sql.param(ids)}::uuid[]), ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz`);
    const traits = readers.map(({ email, firstName }) =>
      JSON.stringify({ ...(email ? { email } : {}), ...(firstName ? { firstName } : {}) }),
    );
    await db.execute(sql`insert into profile_traits (workspace_id, profile_id, traits, email, name, updated_at)
      select ${ws}::uuid, g.id, g.traits::jsonb, g.email, g.name, ${at}::timestamptz
        from unnest(${sql.param(ids)}::uuid[], ${sql.param(traits)}::text[], ${sql.param(readers.map((r) => r.email))}::text[],
                    ${sql.param(readers.map((r) => r.firstName ?? null))}::text[]) as g (id, traits, email, name)`);
    await db.execute(sql`insert into identifiers (workspace_id, kind, value, given, profile_id, home_id, first_seen_at, last_seen_at)
      select ${ws}::uuid, 'email', g.value, g.value, g.id, g.id, ${at}::timestamptz, ${at}::timestamptz
        from unnest(${sql.param(ids)}::uuid[], ${sql.param(readers.map((r) => (r.email ? matchForm('email', r.email) : null)))}::text[]) as g (id, value)
       where g.value is not null on conflict do nothing`);
    await db.execute(sql`insert into memberships (workspace_id, profile_id, segment_key, entered_at, version)
      select ${ws}::uuid, unnest(${sql.param(ids)}::uuid[]), ${segmentKey}, ${at}::timestamptz, 1`);
    await db.execute(sql`insert into segments (workspace_id, key, name, kind, definition, version, status, size, as_of, computed_version, created_at, updated_at)
      values (${ws}, ${segmentKey}, 'Readers', 'custom', '{"all":[]}', 1, 'ready', ${ids.length}, ${at}, 1, ${at}, ${at})
      on conflict (workspace_id, key) do update set size = segments.size + excluded.size`);
    for (const state of ['granted', 'withdrawn'] as const) {
      const decided = ids.filter((_id, index) => (readers[index]!.consent ?? 'granted') === state);
      await decide(database, workspace, decided, { state });
    }
  });
  return ids;
}

/** A decision of some people, received now. */
export async function decide(
  database: Database,
  workspace: Workspace,
  profileIds: string[],
  decision: {
    state: 'granted' | 'withdrawn';
    topic?: string | null;
    decidedAt?: Date | null;
    receivedAt?: Date;
  },
): Promise<void> {
  const { state, topic = 'newsletter', decidedAt = null, receivedAt = now() } = decision;
  await database.db.execute(sql`
    insert into consents (workspace_id, profile_id, id, channel, topic, state, decided_at, received_at, via_kind, via_value, proof)
    select ${workspace.id}::uuid, p, gen_random_uuid(), 'email', ${topic}, ${state}, ${decidedAt?.toISOString() ?? null}::timestamptz,
           ${receivedAt.toISOString()}::timestamptz, 'email', 'x', '{}'
      from unnest(${sql.param(profileIds)}::uuid[]) as p`);
}
