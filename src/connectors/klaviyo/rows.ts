import { z } from 'zod';
import { moment, optionalMoment, optionalText } from '../reading/answers.ts';

export const links = z.looseObject({ next: z.string().nullish() });

/** What the streams rely on; the rest of a profile is kept untouched. */
export const profileRow = z.object({
  id: z.string(),
  attributes: z.looseObject({ created: z.string(), updated: z.string() }),
});
export type ProfileRow = z.infer<typeof profileRow>;

const reference = z.object({ data: z.object({ id: z.string() }).nullish() }).nullish();
export const eventRow = z.object({
  id: z.string(),
  attributes: z.object({
    datetime: z.string(),
    event_properties: z.record(z.string(), z.unknown()).nullish(),
  }),
  relationships: z.object({ profile: reference, metric: reference }).nullish(),
});
export type EventRow = z.infer<typeof eventRow>;

export const included = z.object({
  type: z.string(),
  id: z.string(),
  attributes: z.looseObject({}).nullish(),
});
export type Included = z.infer<typeof included>;

const suppression = z.object({ reason: z.string(), timestamp: moment });
const marketing = z.object({
  consent: optionalText,
  consent_timestamp: optionalMoment,
  last_updated: optionalMoment,
  method: optionalText,
  method_detail: optionalText,
  suppression: z.array(suppression).nullish(),
  list_suppressions: z.array(suppression.extend({ list_id: z.string() })).nullish(),
});
export type Marketing = z.infer<typeof marketing>;
const channel = z.object({ marketing: marketing.nullish() }).nullish();

/** What `map` reads of a stored profile. */
export const profile = z.object({
  id: z.string(),
  email: optionalText,
  phone_number: optionalText,
  external_id: optionalText,
  first_name: optionalText,
  last_name: optionalText,
  organization: optionalText,
  title: optionalText,
  locale: optionalText,
  created: moment,
  updated: moment,
  location: z
    .object({
      city: optionalText,
      country: optionalText,
      region: optionalText,
      zip: optionalText,
      timezone: optionalText,
    })
    .nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
  subscriptions: z.object({ email: channel, sms: channel }).nullish(),
});
export type Profile = z.infer<typeof profile>;

/** What `map` reads of a stored event. */
export const event = z.object({
  datetime: moment,
  metric: z.object({ id: z.string(), name: optionalText }).nullish(),
  profile: z.object({ id: z.string(), email: optionalText }).nullish(),
  properties: z.record(z.string(), z.unknown()).default({}),
});
export type KlaviyoEvent = z.infer<typeof event>;
