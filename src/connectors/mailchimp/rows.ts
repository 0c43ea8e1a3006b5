import { z } from 'zod';
import { moment, optionalMoment, optionalText } from '../reading/answers.ts';

export const listRow = z.object({
  id: z.string(),
  name: z.string(),
  stats: z.object({ member_count: z.number() }).optional(),
});
export type ListRow = z.infer<typeof listRow>;

/** What the streams rely on; the rest of a row is kept untouched. */
export const memberRow = z.custom<MemberRow>(isMember);
export const campaignRow = z.looseObject({
  id: z.string(),
  send_time: z.string(),
  recipients: z.looseObject({ list_id: z.string() }).optional(),
});
export const sentRow = z.looseObject({ email_id: z.string() });
export const unsubscribeRow = z.looseObject({ email_id: z.string(), timestamp: z.string() });
export const activityRow = z.looseObject({
  email_id: z.string(),
  email_address: z.string(),
  activity: z.array(z.looseObject({ action: z.string(), timestamp: z.string() })).default([]),
});
export type CampaignRow = z.infer<typeof campaignRow>;
export type MemberRow = { id: string; last_changed: string } & Record<string, unknown>;

const audience = z.object({ id: z.string(), name: z.string() });
const campaign = z.object({ id: z.string(), title: optionalText, subject: optionalText, send_time: moment });

/** What `map` reads of stored items. */
export const member = z.object({
  audience,
  contact_id: optionalText,
  email_address: optionalText,
  full_name: optionalText,
  status: z.string(),
  merge_fields: z.record(z.string(), z.unknown()).default({}),
  tags: z.array(z.object({ name: z.string() })).default([]),
  language: optionalText,
  location: z.object({ country_code: optionalText, timezone: optionalText }).optional(),
  timestamp_signup: optionalMoment,
  timestamp_opt: optionalMoment,
  last_changed: moment,
});

export const sent = z.object({ campaign, email_address: z.string() });
export const unsubscribe = z.object({
  campaign,
  list_id: z.string(),
  email_address: z.string(),
  timestamp: moment,
  reason: optionalText,
});
export const activity = z.object({
  campaign,
  email_address: z.string(),
  action: z.string(),
  type: optionalText,
  timestamp: moment,
  url: optionalText,
});
export const campaignItem = z.object({
  id: z.string(),
  send_time: optionalMoment,
  archive_url: optionalText,
  settings: z.object({ title: optionalText, subject_line: optionalText }).optional(),
});

/** By hand: there are so many of them that the copy which a schema makes of each would be felt. */
function isMember(row: unknown): boolean {
  return isRecord(row) && typeof row.id === 'string' && typeof row.last_changed === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
