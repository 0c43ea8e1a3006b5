import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import type { Workspace } from '../../../src/db/doors.ts';
import { hashId, newId } from '../../../src/db/ids.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { findDatedTraits } from '../../../src/flow/profile/dated-traits.ts';
import { replaceDatedValues } from '../../../src/flow/profile/dated-values.sql.ts';

/** Random people and rules for the tests that three evaluators agree: words and values that often meet. */
export type Invented = {
  traits: Record<string, unknown>;
  events: { name: string; minutesAgo: number; value: string | null; properties: Record<string, unknown> }[];
  consents: { channel: string; topic: string | null; state: string; minutesAgo: number | null }[];
  hasEmail: boolean;
};

export const EVENT_NAMES = ['order_placed', 'page_viewed', "it's; drop", 'signed_up'];
const NAMES = ['plan', 'a.b', 'items.sku', 'items', 'ends', 'quote"$1', '__proto__x', 'größe'];
const TEXTS = [
  '',
  'pro',
  'PRO',
  'Straße',
  '5',
  '5.0',
  '05',
  'true',
  '%',
  "o'; drop table x; --",
  'İz',
  '2026-03-29',
  '2026-03-29T02:30',
  '2026-10-25T02:30',
  '2026-02-29',
  '2024-02-29',
  '2026-11-20T10:00:00Z',
  '2026-11-23',
  '1e3',
  '-0',
];

const text = fc.constantFrom(...TEXTS);
const number = fc.constantFrom(0, 5, -3, 0.1, 0.3, 2.5, 1e21, 1234567.1234567, 12);
const scalar = fc.oneof(text, number, fc.boolean());
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom(null, [], {}) },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ b: scalar, sku: scalar }, { requiredKeys: [] }) },
  {
    weight: 2,
    arbitrary: fc.array(
      fc.record(
        { b: scalar, sku: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })) },
        { requiredKeys: [] },
      ),
      { maxLength: 3 },
    ),
  },
);
const bag = fc.dictionary(
  fc.constantFrom('plan', 'a', 'a.b', 'items', 'ends', 'quote"$1', '__proto__x', 'größe'),
  value,
  { maxKeys: 5 },
);

export const person: fc.Arbitrary<Invented> = fc.record({
  traits: bag,
  events: fc.array(
    fc.record({
      name: fc.constantFrom(...EVENT_NAMES),
      minutesAgo: fc.oneof(
        fc.integer({ min: -3000, max: 90_000 }),
        fc.constantFrom(0, 60, 1440, 10_080, 43_200, 1500),
      ),
      value: fc.constantFrom(null, '10', '0.1', '0.2', '-5', '99.999999'),
      properties: bag,
    }),
    { maxLength: 6 },
  ),
  consents: fc.array(
    fc.record({
      channel: fc.constantFrom('email', 'sms'),
      topic: fc.constantFrom(null, 'news', 'offers'),
      state: fc.constantFrom('granted', 'withdrawn'),
      minutesAgo: fc.constantFrom(null, 0, 60, 60, 100, 2000, -100),
    }),
    { maxLength: 4 },
  ),
  hasEmail: fc.boolean(),
});

const duration = fc.constantFrom('1h', '60m', '1d', '7d', '1w', '30d', '25h');
const calendar = fc.constantFrom(
  'today',
  'yesterday',
  'this week',
  'last week',
  'this month',
  'last month',
  'this year',
);
const window = fc.oneof(
  duration.map((last) => ({ last })),
  duration.map((next) => ({ next })),
  fc.constantFrom(
    { between: ['30d', '7d'] },
    { between: ['2d', '25h'] },
    { from: '2026-03-29', to: '2026-11-23' },
    { to: '2026-11-22T12:00' },
  ),
  calendar.map((name) => ({ calendar: name })),
);
const unset = fc.option(fc.constantFrom('yes', 'no'), { nil: undefined });
const dated = fc.constantFrom(...TEXTS.filter((one) => /^20(26-(03|10|11)|24)/.test(one)));
const comparison = fc.oneof(
  fc.record({ op: fc.constantFrom('eq', 'ne'), value: scalar, unset }),
  fc.record({
    op: fc.constantFrom('in', 'notIn'),
    value: fc.array(scalar, { minLength: 1, maxLength: 3 }),
    unset,
  }),
  fc.record({ op: fc.constantFrom('gt', 'gte', 'lt', 'lte'), value: fc.oneof(text, number), unset }),
  fc.record({
    op: fc.constant('between'),
    value: fc.constantFrom([0, 5], ['0.2', 12], ['2024-02-29', '2026-11-23']),
    unset,
  }),
  fc.record({ op: fc.constantFrom('contains', 'notContains', 'startsWith', 'endsWith'), value: text, unset }),
  fc.record({ op: fc.constantFrom('set', 'unset', 'true', 'false') }),
  fc.record({ op: fc.constantFrom('before', 'after', 'on'), value: dated, unset }),
  fc.record({ op: fc.constant('within'), value: window, unset }),
  fc.record({
    op: fc.constant('anniversary'),
    value: fc.constantFrom({ next: '7d' }, { next: '52w' }, { calendar: 'today' }),
    unset,
  }),
);
const cmp = fc.oneof(
  fc.record({
    op: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
    value: fc.constantFrom(0, 1, 2, 0.3, 10, '5'),
  }),
  fc.record({ op: fc.constant('between'), value: fc.constantFrom([0, 1], [1, '12.5']) }),
);
const where = fc.array(
  fc.tuple(fc.constantFrom(...NAMES, 'value'), comparison).map(([property, rest]) => ({ property, ...rest })),
  { maxLength: 2 },
);
const eventName = fc.constantFrom(...EVENT_NAMES, '*', 'Order Completed', 'never');
const measured = fc
  .tuple(fc.constantFrom('value', 'plan', 'items.sku'), cmp)
  .map(([property, rest]) => ({ property, ...rest }));
const measure = fc.oneof(
  fc.constant({}),
  cmp.map((count) => ({ count })),
  fc.tuple(fc.constantFrom('sum', 'avg', 'min', 'max'), measured).map(([kind, asked]) => ({ [kind]: asked })),
  fc.constantFrom({ first: true }, { last: true }),
);
const event = fc
  .record({ event: eventName, where, within: fc.option(window, { nil: undefined }), measure })
  .map(({ measure: amount, ...rest }) => ({ ...rest, ...amount }));
const sequence = fc
  .record({
    steps: fc.array(fc.record({ event: eventName, where }), { minLength: 2, maxLength: 3 }),
    spans: fc.array(duration, { minLength: 3, maxLength: 3 }),
    isNot: fc.boolean(),
    within: fc.option(window, { nil: undefined }),
  })
  .map(({ steps, spans, isNot, within }) => ({
    sequence: steps.map((step, index) => ({
      ...step,
      ...(index > 0 ? { within: spans[index] } : {}),
      ...(isNot && index === steps.length - 1 ? { not: true } : {}),
    })),
    within,
  }));
const leaf: fc.Arbitrary<object> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...NAMES), comparison).map(([trait, rest]) => ({ trait, ...rest })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'orders',
          'net_revenue',
          'last_order_at',
          'first_channel',
          'average_order',
          'last_seen_at',
        ),
        comparison,
      )
      .map(([fact, rest]) => ({ fact, ...rest })),
  },
  { weight: 5, arbitrary: event },
  { weight: 2, arbitrary: sequence },
  {
    weight: 2,
    arbitrary: fc.record({
      segment: fc.constantFrom('base', 'second'),
      is: fc.constantFrom('in', 'out'),
      for: fc.option(duration, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      segment: fc.constantFrom('base', 'second'),
      is: fc.constant('in'),
      entered: window,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      consent: fc.constantFrom('email', 'sms'),
      topic: fc.option(fc.constantFrom('news', 'offers'), { nil: undefined }),
      is: fc.constantFrom('granted', 'withdrawn', 'unknown'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { identifier: 'email', is: 'present' },
      { identifier: 'source:shop', is: 'absent' },
      { source: 'shop', is: 'seen' },
      { source: 'shop', is: 'not seen' },
      { bucket: [0, 50] },
      { bucket: [12.5, 80] },
    ),
  },
);

/** A random tree, as JSON would carry it. */
export const rule: fc.Arbitrary<unknown> = fc
  .letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('node'), { maxLength: 3 }).map((any) => ({ any })),
      fc.array(tie('node'), { maxLength: 3 }).map((none) => ({ none })),
      fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((of) => ({ atLeast: 2, of })),
    ),
  }))
  .node.map((node) => JSON.parse(JSON.stringify(node)));

/** Puts people straight into the tables, as identify and profile would. `start` numbers them. */
export async function insertCrowd(
  database: Database,
  workspace: Workspace,
  people: Invented[],
  at: Date,
): Promise<string[]> {
  const sourceId = hashId(workspace.id, 'shop');
  const ids = people.map(() => newId(at));
  const time = (minutesAgo: number) => new Date(at.getTime() - minutesAgo * 60_000).toISOString();
  await prepare(database, workspace, sourceId, at);
  const rows = people.map((one, index) => ({ id: ids[index]!, ...one }));
  await database.db.execute(sql`
    insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
    select ${workspace.id}::uuid, g.id, ${at.toISOString()}::timestamptz, ${time(100_000)}::timestamptz, ${time(90_000)}::timestamptz
      from unnest(${sql.param(ids)}::uuid[]) as g (id)`);
  await writeTraits(
    database,
    workspace,
    rows.map(({ id, traits }) => ({ id, traits })),
    at,
  );
  const events = rows.flatMap((one) =>
    one.events.map((each) => ({
      profile: one.id,
      id: newId(at),
      name: EVENT_NAMES.indexOf(each.name) + 1,
      at: time(each.minutesAgo),
      value: each.value,
      properties: each.properties,
    })),
  );
  await database.db.execute(sql`
    insert into events (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, properties, source_id, subject, via_kind, via_value)
    select ${workspace.id}::uuid, g.profile, g.id, g.name, g.at, g.at, g.value, g.properties, ${sourceId}::uuid, g.id, 'user_id', 'x'
      from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as g (profile uuid, id uuid, name int, at timestamptz, value numeric, properties jsonb)`);
  const consents = rows.flatMap((one) =>
    one.consents.map((each) => ({
      profile: one.id,
      id: newId(at),
      ...each,
      received: time(Math.abs(each.minutesAgo ?? 30)),
      decided: each.minutesAgo === null ? null : time(each.minutesAgo),
    })),
  );
  await database.db.execute(sql`
    insert into consents (workspace_id, profile_id, id, channel, topic, state, decided_at, received_at, via_kind, via_value, proof)
    select ${workspace.id}::uuid, g.profile, g.id, g.channel, g.topic, g.state, g.decided, g.received, 'user_id', 'x', '{}'
      from jsonb_to_recordset(${JSON.stringify(consents)}::jsonb) as g (profile uuid, id uuid, channel text, topic text, state text, decided timestamptz, received timestamptz)`);
  const emails = rows.filter((one) => one.hasEmail).map((one) => one.id);
  await database.db.execute(sql`
    insert into identifiers (workspace_id, kind, value, given, profile_id, home_id, first_seen_at, last_seen_at)
    select ${workspace.id}::uuid, 'email', g.id::text, g.id::text, g.id, g.id, ${at.toISOString()}::timestamptz, ${at.toISOString()}::timestamptz
      from unnest(${sql.param(emails)}::uuid[]) as g (id)`);
  await markChanged(database.db, workspace.id, ids);
  return ids;
}

/** Other traits for some people, with the dates in them, as the profile room keeps them. */
export async function writeTraits(
  database: Database,
  workspace: Workspace,
  rows: { id: string; traits: Record<string, unknown> }[],
  at: Date,
): Promise<void> {
  await database.db.execute(sql`
    insert into profile_traits (workspace_id, profile_id, traits, updated_at)
    select ${workspace.id}::uuid, g.id, g.traits, ${at.toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, traits jsonb)
        on conflict (workspace_id, profile_id) do update set traits = excluded.traits`);
  await replaceDatedValues(database.db, workspace.id, {
    kind: 'trait',
    profileIds: rows.map((one) => one.id),
    rows: rows.flatMap((one) => findDatedTraits(one.id, one.traits, workspace.timezone)),
  });
  await markChanged(
    database.db,
    workspace.id,
    rows.map((one) => one.id),
  );
}

async function prepare(database: Database, workspace: Workspace, sourceId: string, at: Date): Promise<void> {
  await database.db.execute(sql`
    insert into sources (workspace_id, id, key, connector, name, created_at)
    values (${workspace.id}, ${sourceId}, 'shop', 'csv', 'Shop', ${at.toISOString()}) on conflict do nothing`);
  await database.db.execute(sql`
    insert into event_names (workspace_id, id, name, first_seen_at)
    select ${workspace.id}::uuid, g.i::int, g.name, ${at.toISOString()}::timestamptz
      from unnest(${sql.param(EVENT_NAMES)}::text[]) with ordinality as g (name, i) on conflict do nothing`);
}

/** Present members by segment, straight from the table. */
export async function membersOf(database: Database, workspaceId: string): Promise<Map<string, Set<string>>> {
  const rows = await rowsOf<{ key: string; id: string }>(
    database.db,
    sql`select segment_key as key, profile_id as id from memberships where workspace_id = ${workspaceId} and left_at is null`,
  );
  const members = new Map<string, Set<string>>();
  for (const { key, id } of rows) members.set(key, (members.get(key) ?? new Set()).add(id));
  return members;
}
