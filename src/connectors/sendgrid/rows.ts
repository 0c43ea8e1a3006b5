import { z } from 'zod';
import { optionalMoment, optionalText } from '../reading/answers.ts';

/** Unix seconds. */
const seconds = z.number().transform((at) => new Date(at * 1000));

/** A line of an export, and a contact as the API shows it: the one calls its id `contact_id`, the other `id`. */
export const contactRow = z
  .looseObject({ contact_id: z.string().optional(), id: z.string().optional() })
  .transform((row, context) => {
    const id = row.contact_id ?? row.id;
    if (!id) context.addIssue({ code: 'custom', message: 'It has no id.' });
    return { ...row, id: id ?? '' };
  });

/** What `map` reads of a stored contact. */
export const contact = z.object({
  id: z.string(),
  email: optionalText,
  alternate_emails: z.array(z.string()).nullish(),
  phone_number: optionalText,
  first_name: optionalText,
  last_name: optionalText,
  city: optionalText,
  state_province_region: optionalText,
  postal_code: optionalText,
  country: optionalText,
  custom_fields: z.record(z.string(), z.unknown()).nullish(),
  created_at: optionalMoment,
  updated_at: optionalMoment,
});

/** Of the lists of addresses not to be written to. */
export const suppressedRow = z.looseObject({ email: z.string(), created: z.number() });
export const suppressed = z.object({ email: z.string(), created: seconds, reason: optionalText });

/** What `map` reads of an event of the webhook; custom arguments stand flat beside these. */
export const event = z.object({
  event: z.string(),
  email: z.string(),
  timestamp: seconds,
  category: z.union([z.string(), z.array(z.string())]).nullish(),
  sg_message_id: optionalText,
  sg_machine_open: z.boolean().nullish(),
  singlesend_id: optionalText,
  singlesend_name: optionalText,
  asm_group_id: optionalText,
  url: optionalText,
  type: optionalText,
  reason: optionalText,
});
export type SendgridEvent = z.infer<typeof event>;
