-- What drizzle-kit cannot say: extensions, covering indexes, the web role and its row-level security.
-- Locks nothing for long on a new database. A later migration that adds a table ends with `call raise_walls();`.
create extension if not exists pg_trgm;
--> statement-breakpoint
create extension if not exists fuzzystrmatch;
--> statement-breakpoint
-- Measured: index-only scans of just a window are 2-4 times slower than a column store, without any rollup.
create index events_name on events (workspace_id, name_id, occurred_at) include (profile_id, value);
--> statement-breakpoint
create index events_person_name on events (workspace_id, profile_id, name_id, occurred_at) include (value);
--> statement-breakpoint
create index profile_traits_search on profile_traits using gin
  (lower(coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '')) gin_trgm_ops);
--> statement-breakpoint
-- The role that serves pages and API. Where the database does not let us create it, the product goes on
-- without the second wall and says so in `doctor` and in Settings.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'segments_web') then
    create role segments_web nologin nosuperuser nocreaterole nocreatedb nobypassrls;
  end if;
  execute format('grant segments_web to %I', current_user);
exception
  when insufficient_privilege or duplicate_object or unique_violation then
    raise notice 'the web role is not available: %', sqlerrm;
end $$;
--> statement-breakpoint
-- Every table with workspace_id is closed to the web role but for the rows of the workspace that the
-- transaction names. May be called again after any migration.
create or replace procedure raise_walls() language plpgsql as $$
declare
  t record;
  this_workspace constant text := 'nullif(current_setting(''app.workspace_id'', true), '''')::uuid';
begin
  if not exists (select 1 from pg_roles where rolname = 'segments_web') then return; end if;
  grant usage on schema public to segments_web;
  for t in
    select c.oid, c.relname, case c.relname when 'workspaces' then 'id' else 'workspace_id' end as col
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind = 'r'
       and (c.relname = 'workspaces' or exists (
             select 1 from pg_attribute a
              where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped))
  loop
    execute format('alter table %I enable row level security', t.relname);
    execute format('drop policy if exists one_workspace on %I', t.relname);
    execute format('create policy one_workspace on %I to segments_web using (%I = %s) with check (%I = %s)',
                   t.relname, t.col, this_workspace, t.col, this_workspace);
    -- Append-only for the web: what was said, what was done. Staff tables are behind the platform door.
    if t.relname in ('audit_entries', 'raw_events') then
      execute format('grant select, insert on %I to segments_web', t.relname);
    elsif t.relname not in ('leases', 'keys', 'invitations', 'workspace_users') then
      execute format('grant select, insert, update, delete on %I to segments_web', t.relname);
    end if;
  end loop;
end $$;
--> statement-breakpoint
call raise_walls();
