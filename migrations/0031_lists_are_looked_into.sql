-- Does a JSON list hold an element that …? As functions, where rules had subqueries: a subquery about the row it
-- stands in keeps PostgreSQL from sharing a statement among processes. What is no list holds nothing. Locks nothing.
create or replace function rule_list_has_number(list jsonb, low numeric, high numeric, with_low boolean, with_high boolean)
  returns boolean language sql immutable parallel safe
  return exists (
    select from jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list end) as e (element),
                lateral (select rule_number(e.element) as number) v
     where v.number is not null
       and (low is null or v.number > low or (with_low and v.number = low))
       and (high is null or v.number < high or (with_high and v.number = high)));
--> statement-breakpoint
create or replace function rule_list_has_instant(list jsonb, zone text, low timestamptz, high timestamptz, with_low boolean, with_high boolean)
  returns boolean language sql immutable parallel safe
  return exists (
    select from jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list end) as e (element),
                lateral (select rule_instant(e.element, zone) as at) v
     where v.at is not null
       and (low is null or v.at > low or (with_low and v.at = low))
       and (high is null or v.at < high or (with_high and v.at = high)));
--> statement-breakpoint
-- `days` are month * 100 + day.
create or replace function rule_list_has_day(list jsonb, zone text, days integer[])
  returns boolean language sql immutable parallel safe
  return exists (
    select from jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list end) as e (element)
     where rule_month_day(rule_instant(e.element, zone), zone) = any(days));
--> statement-breakpoint
-- `pattern` is in lower case.
create or replace function rule_list_has_text(list jsonb, pattern text)
  returns boolean language sql immutable parallel safe
  return exists (
    select from jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list end) as e (element)
     where rule_lower(e.element) like pattern);
--> statement-breakpoint
-- Exactly one of `exact`; or a number that is one of `numbers`; or one of `of_texts`, also where it is written as text.
create or replace function rule_list_has_equal(list jsonb, exact jsonb[], numbers numeric[], of_texts numeric[])
  returns boolean language sql immutable parallel safe
  return exists (
    select from jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list end) as e (element)
     where e.element = any(exact)
        or (jsonb_typeof(e.element) = 'number' and rule_number(e.element) = any(numbers))
        or (jsonb_typeof(e.element) = 'string' and rule_number(e.element) = any(of_texts)));
