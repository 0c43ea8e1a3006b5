import { z } from 'zod';
import { moment, optionalMoment, optionalText } from '../reading/answers.ts';

export const meta = z.object({ pagination: z.object({ total: z.number(), pages: z.number().nullish() }) });

/** What the streams rely on; the rest of a row is kept untouched. */
export const memberRow = z.looseObject({
  id: z.string(),
  created_at: z.string().optional(),
  updated_at: z.string(),
});
export const postRow = z.looseObject({ id: z.string(), updated_at: z.string() });
export const eventRow = z.object({ type: z.string(), data: z.looseObject({ created_at: z.string() }) });

export type MemberRow = z.infer<typeof memberRow>;
export type EventRow = z.infer<typeof eventRow>;

const newsletter = z.object({ id: z.string(), name: optionalText });

/** What `map` reads of a stored member. */
export const member = z.object({
  id: z.string(),
  email: optionalText,
  name: optionalText,
  status: optionalText,
  labels: z.array(z.object({ name: z.string() })).default([]),
  newsletters: z.array(newsletter).default([]),
  created_at: moment,
  updated_at: moment,
  email_suppression: z
    .object({ suppressed: z.boolean(), info: z.looseObject({ reason: optionalText }).nullish() })
    .nullish(),
});

export const person = z.object({ id: z.string(), email: optionalText });

/** What `map` reads of a stored event; which parts are there depends on its type. */
export const event = z.object({
  type: z.string(),
  data: z.object({
    created_at: moment,
    member: person.nullish(),
    subscribed: z.boolean().nullish(),
    newsletter: newsletter.nullish(),
    post: z.object({ id: z.string(), title: optionalText, url: optionalText }).nullish(),
    link: z.object({ to: optionalText }).nullish(),
    email: z.object({ id: z.string(), post_id: optionalText, subject: optionalText }).nullish(),
    source: optionalText,
    attribution: z.object({ url: optionalText, title: optionalText }).nullish(),
    referrer_source: optionalText,
    referrer_medium: optionalText,
    referrer_url: optionalText,
    utm_source: optionalText,
    utm_medium: optionalText,
    utm_campaign: optionalText,
    utm_term: optionalText,
    utm_content: optionalText,
  }),
});

export const post = z.object({
  id: z.string(),
  title: z.string(),
  url: optionalText,
  status: z.string(),
  published_at: optionalMoment,
});
