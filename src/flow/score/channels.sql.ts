import { type SQL, sql } from 'drizzle-orm';
import { eventNames, events } from '../../db/schema/identify.ts';

/** Events that show where somebody came from. The first such event is the first touch. */
const TOUCHES = [
  'page_viewed',
  'screen_viewed',
  'signed_up',
  'lead_submitted',
  'newsletter_subscribed',
  'order_placed',
];

/**
 * The channel of an event by its UTM tags, click ids and referrer, as a short key: `meta`, `google`, `email`,
 * `search`, `social`, `referral`, `direct`, else the UTM source itself. Null where the event says nothing.
 * Spend of ad accounts carries the same keys, so that cost and people meet.
 */
function channelOf(name: SQL, properties: SQL): SQL {
  const tag = (key: string) => sql`lower(nullif(${properties} ->> ${key}::text, ''))`;
  const source = tag('utm_source');
  const medium = tag('utm_medium');
  const host = sql`lower(substring(${properties} ->> 'referrer' from '^https?://(?:www\\.)?([^/:?#]+)'))`;
  return sql`
    case
      when ${source} in ('facebook', 'fb', 'instagram', 'ig', 'meta') and coalesce(${medium}, '') not in ('social', 'organic', 'email') then 'meta'
      when ${tag('fbclid')} is not null or ${name} = 'lead_submitted' and ${tag('form_id')} is not null then 'meta'
      when ${tag('gclid')} is not null or ${source} = 'google' and ${medium} in ('cpc', 'ppc', 'paid', 'paidsearch', 'display') then 'google'
      when ${medium} in ('email', 'newsletter', 'e-mail') or ${source} in ('newsletter', 'mailchimp', 'ghost') then 'email'
      when ${medium} = 'organic' then 'search'
      when ${medium} in ('social', 'organic-social', 'sm') then 'social'
      when ${source} is not null then left(${source}, 100)
      when ${host} ~ '(^|\\.)(google|bing|duckduckgo|ecosia|yahoo|baidu|yandex|qwant|startpage)\\.' then 'search'
      when ${host} ~ '(^|\\.)(facebook|instagram|t|twitter|x|linkedin|pinterest|reddit|youtube|tiktok)\\.(com|co)$' then 'social'
      when ${host} is not null then 'referral'
      when ${name} in ('page_viewed', 'screen_viewed') then 'direct'
    end`;
}

/**
 * Touches that say something of where somebody came from: events with a tag or a referrer, by the index events_tagged
 * (its words stand here again). Every other view is direct. `seen`: which events `e` count.
 */
export function taggedTouches(workspaceId: string, seen: SQL): SQL {
  return sql`
    select t.profile_id, t.occurred_at, t.id, t.channel, t.campaign
      from (select e.profile_id, e.occurred_at, e.id, ${channelOf(sql`n.name`, sql`e.properties`)} as channel,
                   nullif(e.properties ->> 'utm_campaign', '') as campaign
              from ${events} e join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
             where ${seen} and n.workspace_id = ${workspaceId} and n.name = any(${sql.param(TOUCHES)}::text[])
               and e.properties ?| array['utm_source','utm_medium','utm_campaign','fbclid','gclid','form_id','referrer']) t
     where t.channel is not null`;
}
