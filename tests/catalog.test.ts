import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DISTRIBUTION } from '../src/db/distribution.ts';
import { createTestDatabase } from './setup/database.ts';

let client: pg.PoolClient;

beforeAll(async () => {
  const { database } = await createTestDatabase();
  client = await database.pool.connect();
});
afterAll(() => client.release());

const spread = Object.entries(DISTRIBUTION).flatMap(([table, placement]) =>
  typeof placement === 'string' ? [] : [{ table, column: placement.by }],
);

/** What a cluster would refuse in the tables that are spread over it. */
async function findProblems(): Promise<string[]> {
  const { rows } = await client.query<{ problem: string }>(
    `with d(tab, col) as (select * from unnest($1::text[], $2::text[]))
     select 'unique index without distribution column: ' || i.indexrelid::regclass as problem
       from pg_index i join d on i.indrelid = to_regclass(d.tab)
      where i.indisunique and not exists (
              select 1 from pg_attribute a
               where a.attrelid = i.indrelid and a.attname = d.col and a.attnum = any (i.indkey))
     union all select 'trigger: ' || t.tgname from pg_trigger t join d on t.tgrelid = to_regclass(d.tab)
      where not t.tgisinternal
     union all select 'foreign key: ' || c.conname from pg_constraint c
      where c.contype = 'f' and c.conparentid = 0
        and exists (select 1 from d where to_regclass(d.tab) in (c.conrelid, c.confrelid))
     union all select 'no primary key: ' || d.tab from d
      where not exists (select 1 from pg_index i where i.indrelid = to_regclass(d.tab) and i.indisprimary)
     union all select 'generated identity: ' || d.tab from d join pg_attribute a on a.attrelid = to_regclass(d.tab)
      where a.attidentity <> ''`,
    [spread.map(({ table }) => table), spread.map(({ column }) => column)],
  );
  return rows.map((row) => row.problem);
}

async function listTables(having = ''): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and ($1 = '' or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = $1 and not a.attisdropped))
      order by 1`,
    [having],
  );
  return rows.map((row) => row.name);
}

async function primaryKeyOf(table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = to_regclass($1) and i.indisprimary`,
    [table],
  );
  return rows.map((row) => row.name);
}

test('every table can be spread over a cluster as it stands', async () => {
  expect(spread.length).toBeGreaterThan(10);
  expect(await findProblems()).toEqual([]);
});

test('the guard sees a unique index, a trigger, a foreign key and a missing key', async () => {
  await client.query('begin');
  await client.query('create unique index planted_index on facts (workspace_id)');
  await client.query(
    `create function planted_function() returns trigger language plpgsql as 'begin return new; end'`,
  );
  await client.query(
    'create trigger planted_trigger before insert on events for each row execute function planted_function()',
  );
  await client.query(
    'alter table memberships add constraint planted_key foreign key (workspace_id) references workspaces (id)',
  );
  const names = await client.query(
    "select conname from pg_constraint where conrelid = 'pins'::regclass and contype = 'p'",
  );
  for (const { conname } of names.rows) await client.query(`alter table pins drop constraint "${conname}"`);
  const problems = await findProblems();
  await client.query('rollback');
  expect(problems.sort()).toEqual([
    'foreign key: planted_key',
    'no primary key: pins',
    'trigger: planted_trigger',
    'unique index without distribution column: planted_index',
  ]);
});

test('every table has its place on a cluster, and no place is without a table', async () => {
  expect(Object.keys(DISTRIBUTION).sort()).toEqual(await listTables());
});

test('every table of a workspace is closed to the others by row-level security', async () => {
  const { rows } = await client.query(
    `select c.relname from pg_class c
      where c.relname = any ($1) and c.relnamespace = 'public'::regnamespace
        and not (c.relrowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid))`,
    [await listTables('workspace_id')],
  );
  expect(rows).toEqual([]);
});

test('what is known of a person is stored under workspace and person', async () => {
  for (const { table, column } of spread) {
    const key = await primaryKeyOf(table);
    expect(key, table).toContain('workspace_id');
    expect(key, table).toContain(column);
  }
});

test('every table that says something of a person is found when the person is erased', async () => {
  const { rows } = await client.query<{ name: string; type: string; workspaces: string }>(
    `select c.relname as name, format_type(a.atttypid, null) as type,
            (select count(*) from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id') as workspaces
       from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped
        and (a.attname = 'profile_id' or (a.attname = 'subject' and a.atttypid = 'uuid'::regtype))`,
  );
  expect(rows.length).toBeGreaterThan(10);
  // Erasing goes by the type of the column and within a workspace; see db/person-rows.ts.
  expect(rows.filter(({ type, workspaces }) => type !== 'uuid' || workspaces !== '1')).toEqual([]);
});
