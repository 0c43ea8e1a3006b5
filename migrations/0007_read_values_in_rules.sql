-- What rules read: exact numbers, dates and text out of JSON. Functions of their arguments alone, so that they
-- may run on every node; the same is written in TypeScript under flow/segment/rules. Locks nothing.
create or replace function rule_number(value jsonb) returns numeric
  language sql immutable parallel safe
  return case jsonb_typeof(value)
    when 'number' then round(value::numeric, 6)
    when 'string' then
      case when (value #>> '{}') ~ '^-?(0|[1-9][0-9]{0,14})([.][0-9]{1,6})?$' then (value #>> '{}')::numeric end
  end;
--> statement-breakpoint
create or replace function rule_unset(value jsonb) returns boolean
  language sql immutable parallel safe
  return coalesce(value in ('null'::jsonb, '""'::jsonb, '[]'::jsonb, '{}'::jsonb), true);
--> statement-breakpoint
create or replace function rule_lower(value jsonb) returns text
  language sql immutable parallel safe
  return case when jsonb_typeof(value) = 'string' then lower((value #>> '{}') collate "und-x-icu") end;
--> statement-breakpoint
-- The sum, count, least and greatest number of a value; of a list every number in it.
create or replace function rule_sum(value jsonb) returns numeric
  language sql immutable parallel safe
  return case jsonb_typeof(value)
    when 'array' then (select sum(rule_number(e)) from jsonb_array_elements(value) as e)
    else rule_number(value) end;
--> statement-breakpoint
create or replace function rule_numbers(value jsonb) returns bigint
  language sql immutable parallel safe
  return case jsonb_typeof(value)
    when 'array' then (select count(rule_number(e)) from jsonb_array_elements(value) as e)
    else (rule_number(value) is not null)::integer::bigint end;
--> statement-breakpoint
create or replace function rule_min(value jsonb) returns numeric
  language sql immutable parallel safe
  return case jsonb_typeof(value)
    when 'array' then (select min(rule_number(e)) from jsonb_array_elements(value) as e)
    else rule_number(value) end;
--> statement-breakpoint
create or replace function rule_max(value jsonb) returns numeric
  language sql immutable parallel safe
  return case jsonb_typeof(value)
    when 'array' then (select max(rule_number(e)) from jsonb_array_elements(value) as e)
    else rule_number(value) end;
--> statement-breakpoint
-- A name with dots: whole first, then as a path that walks into each element of a list. One thing found is
-- itself; of several, lists are opened.
create or replace function rule_path(object jsonb, name text, path jsonpath) returns jsonb
  language plpgsql immutable parallel safe as $$
declare
  met jsonb;
begin
  if object ? name then return object -> name; end if;
  met := jsonb_path_query_array(object, path);
  if jsonb_array_length(met) = 1 then return met -> 0; end if;
  return jsonb_path_query_array(met, '$[*][*]');
end $$;
--> statement-breakpoint
-- A date text as an instant. A local time that comes twice is the first; one that is skipped is read with the
-- offset from before the gap.
create or replace function rule_instant(value jsonb, zone text) returns timestamptz
  language plpgsql immutable parallel safe as $$
declare
  part text[];
  local timestamp;
  late timestamptz;
  early timestamptz;
begin
  if value is null or jsonb_typeof(value) <> 'string' then return null; end if;
  part := regexp_match(value #>> '{}',
    '^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.]([0-9]+))?)?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$');
  if part is null or part[1] = '0000' then return null; end if;
  if part[3]::integer > extract(day from make_date(part[1]::integer, part[2]::integer, 1) + interval '1 month - 1 day')
  then return null; end if;
  local := make_timestamp(part[1]::integer, part[2]::integer, part[3]::integer, coalesce(part[4], '0')::integer,
                          coalesce(part[5], '0')::integer,
                          (coalesce(part[6], '0') || '.' || left(coalesce(part[7], '') || '000', 3))::double precision);
  if part[8] = 'Z' then return local at time zone 'UTC'; end if;
  if part[8] is not null then
    return (local - (case when part[8] like '-%' then -1 else 1 end)
            * make_interval(hours => substr(part[8], 2, 2)::integer, mins => substr(part[8], 5, 2)::integer))
           at time zone 'UTC';
  end if;
  late := local at time zone zone;
  early := (local - (((late - interval '24 hours') at time zone zone) - ((late - interval '24 hours') at time zone 'UTC')))
           at time zone 'UTC';
  return case when early at time zone zone = local then least(early, late) else late end;
end $$;
--> statement-breakpoint
-- 331 is 31 March, by the zone's calendar.
create or replace function rule_month_day(moment timestamptz, zone text) returns integer
  language sql immutable parallel safe
  return (extract(month from moment at time zone zone) * 100 + extract(day from moment at time zone zone))::integer;
