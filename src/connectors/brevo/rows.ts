import { z } from 'zod';
import { moment, optionalText } from '../reading/answers.ts';

/** What the streams rely on; the rest of a row is kept untouched. */
export const contactRow = z.looseObject({
  id: z.number(),
  email: z.string().nullish(),
  createdAt: z.string(),
  modifiedAt: z.string(),
});
export type ContactRow = z.infer<typeof contactRow>;
export const eventRow = z.looseObject({
  date: z.string(),
  email: z.string(),
  event: z.string(),
  messageId: z.string(),
  link: z.string().nullish(),
});
export type EventRow = z.infer<typeof eventRow>;
export const campaignRow = z.looseObject({ id: z.number(), sentDate: z.string().nullish() });

/** What `map` reads of a stored contact. */
export const contact = z.object({
  id: z.number(),
  email: optionalText,
  emailBlacklisted: z.boolean().nullish(),
  smsBlacklisted: z.boolean().nullish(),
  createdAt: moment,
  modifiedAt: moment,
  listIds: z.array(z.number()).nullish(),
  listUnsubscribed: z.array(z.number()).nullish(),
  attributes: z.record(z.string(), z.unknown()).nullish(),
});
export type Contact = z.infer<typeof contact>;

export const campaign = z.object({
  id: z.number(),
  name: optionalText,
  subject: optionalText,
  sentDate: optionalText,
  shareLink: optionalText,
});

/** What `map` reads of an event, of the list and of a webhook alike (see events.ts). */
export const event = z.object({
  kind: z.string(),
  email: z.string(),
  at: moment,
  campaignId: optionalText,
  campaign: optionalText,
  subject: optionalText,
  messageId: optionalText,
  url: optionalText,
  reason: optionalText,
  lists: z.array(z.number()).default([]),
});
export type BrevoEvent = z.infer<typeof event>;
