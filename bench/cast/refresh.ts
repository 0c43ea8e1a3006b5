import { sql } from 'drizzle-orm';
import type { Workspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import type { Database } from '../../src/db/pool.ts';

/** People, events and segments for benchmarks of recomputing: made on the server from numbers, the same each time. */
export const NAMES = [
  'page_viewed',
  'order_placed',
  'email_sent',
  'email_opened',
  'email_clicked',
  'signed_up',
];
/** What a person does, by places in the names: views are many, orders few. */
const DEEDS = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6];
const [VIEW, ORDER] = [1, 2];
export const EVENTS_EACH = DEEDS.length;
export const AS_OF = new Date('2026-06-15T12:00:00Z');
const YEAR_SECONDS = 365 * 86_400;

export async function fillWorkspace(database: Database, workspace: Workspace, people: number): Promise<void> {
  const { id } = workspace;
  const at = AS_OF.toISOString();
  const sourceId = newId();
  const person = sql`md5(${id}::text || ':' || i)::uuid`;
  await database.db.execute(sql`
    insert into sources (workspace_id, id, key, connector, name, created_at)
    values (${id}, ${sourceId}, 'shop', 'shopify', 'Shop', ${at})`);
  await database.db.execute(sql`
    insert into event_names (workspace_id, id, name, first_seen_at)
    select ${id}::uuid, g.i::int, g.name, ${at}::timestamptz
      from unnest(${sql.param(NAMES)}::text[]) with ordinality as g (name, i)`);
  await database.db.execute(sql`
    insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
    select ${id}::uuid, ${person}, ${at}::timestamptz, ${at}::timestamptz - interval '1 year', ${at}::timestamptz - interval '1 year'
      from generate_series(1, ${people}::int) as i`);
  await database.db.execute(sql`
    insert into profile_traits (workspace_id, profile_id, traits, country, updated_at)
    select ${id}::uuid, ${person},
           jsonb_build_object('country', (array['DE','AT','CH','FR','US'])[1 + hashint4(i) & 3],
                              'plan', (array['free','pro','team'])[1 + abs(hashint4(i + 7)) % 3],
                              'mrr', abs(hashint4(i + 9)) % 200),
           'DE', ${at}::timestamptz
      from generate_series(1, ${people}::int) as i`);
  // Each person's events lie anywhere in the year.
  const events = sql`
    insert into events (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, properties, source_id,
                        subject, via_kind, via_value)
    select ${id}::uuid, ${person}, md5(${id}::text || i || '-' || j)::uuid, n.name,
           ${at}::timestamptz - make_interval(secs => (h.hash % ${YEAR_SECONDS})),
           ${at}::timestamptz, case n.name when 2 then (h.hash % 20000) / 100.0 end,
           case n.name when 1 then jsonb_build_object('path', '/p/' || h.hash % 50)
                       when 2 then jsonb_build_object('order_id', i || '-' || j, 'coupon', (h.hash % 5 = 0)) else '{}' end,
           ${sourceId}::uuid, md5(i || '-' || j)::uuid, 'user_id', i::text
      from generate_series(1, ${people}::int) as i, generate_series(1, ${EVENTS_EACH}::int) as j,
           lateral (select abs(hashint8(i::bigint * 64 + j)::bigint) as hash) h,
           lateral (select (${sql.param(DEEDS)}::int[])[j] as name) n`;
  await fillEvents(database, async () => await database.db.execute(events));
  await database.pool.query('analyze');
}

/** Rows first, their indexes after: the same in the end, and far sooner. */
async function fillEvents(database: Database, fill: () => Promise<unknown>): Promise<void> {
  const { rows } = await database.pool.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
      where tablename = 'events' and indexname not in (select conname from pg_constraint)`,
  );
  for (const { name } of rows) await database.pool.query(`drop index ${name}`);
  await fill();
  for (const { definition } of rows) await database.pool.query(definition);
}

/** Each so-manieth person, from one on, does two things: by chance what people there do, or all of them buy and view. */
export async function changeSome(
  database: Database,
  workspace: Workspace,
  people: number,
  at: Date,
  { every, from, all }: { every: number; from: number; all?: 'buy' },
): Promise<number> {
  const { id } = workspace;
  const person = sql`md5(${id}::text || ':' || i)::uuid`;
  const seed = Math.round(at.getTime() / 1000);
  const deeds = sql.param(all === 'buy' ? [VIEW, ORDER] : DEEDS);
  const chance =
    all === 'buy' ? sql`j` : sql`abs(hashint8((i::bigint * 2 + j) * 64 + ${seed}::bigint)::bigint)`;
  await database.db.execute(sql`
    insert into events (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, properties, source_id,
                        subject, via_kind, via_value)
    select ${id}::uuid, ${person}, gen_random_uuid(), n.name, ${at.toISOString()}::timestamptz - interval '10 minutes', ${at.toISOString()}::timestamptz,
           case n.name when ${ORDER} then 42 end, '{}', (select s.id from sources s where s.workspace_id = ${id} limit 1), gen_random_uuid(), 'user_id', i::text
      from generate_series(${from}::int, ${people}::int, ${every}::int) as i, generate_series(1, 2) as j,
           lateral (select d.deeds[1 + ${chance} % cardinality(d.deeds)] as name from (select ${deeds}::int[] as deeds) d) n`);
  const { rowCount } = await database.pool.query(
    `insert into changed_profiles (workspace_id, profile_id)
     select $1::uuid, md5($1::text || ':' || i)::uuid from generate_series($2::int, $3::int, $4::int) as i`,
    [id, from, people, every],
  );
  return rowCount ?? 0;
}

/** Rules as a marketer would make them: twenty-five, which with the automatic segments are sixty. */
export function makeRules(): { key: string; definition: object }[] {
  const days = [7, 30, 90];
  const rules = [
    ...days.flatMap((last) => [
      { event: 'order_placed', within: { last: `${last}d` } },
      { event: 'page_viewed', count: { op: 'gte', value: 3 }, within: { last: `${last}d` } },
      {
        all: [
          { event: 'email_sent', within: { last: `${last}d` } },
          { event: 'email_opened', count: { op: 'eq', value: 0 }, within: { last: `${last}d` } },
        ],
      },
      {
        event: 'order_placed',
        sum: { property: 'value', op: 'gt', value: 100 },
        within: { last: `${last}d` },
      },
      {
        all: [
          { fact: 'last_order_at', op: 'within', value: { last: `${last}d` } },
          { fact: 'orders', op: 'gte', value: 2 },
        ],
      },
    ]),
    ...['DE', 'AT', 'CH'].map((country) => ({
      all: [
        { trait: 'country', op: 'eq', value: country },
        { trait: 'plan', op: 'in', value: ['pro', 'team'] },
      ],
    })),
    ...[50, 100, 150].map((value) => ({
      all: [
        { trait: 'mrr', op: 'gte', value },
        {
          event: 'page_viewed',
          where: [{ property: 'path', op: 'startsWith', value: '/p/1' }],
          within: { last: '90d' },
        },
      ],
    })),
    { all: [{ event: 'order_placed' }, { none: [{ event: 'email_clicked', within: { last: '180d' } }] }] },
    { event: 'order_placed', where: [{ property: 'coupon', op: 'true' }], count: { op: 'gte', value: 2 } },
    {
      any: [
        { fact: 'net_revenue', op: 'gte', value: 300 },
        { fact: 'orders', op: 'gte', value: 3 },
      ],
    },
    { bucket: [0, 10] },
  ];
  return rules.map((definition, index) => ({ key: `own-${index}`, definition }));
}
