import { z } from 'zod';
import { moment, optionalText } from '../reading/answers.ts';

/** What the streams rely on; the rest of a row is kept untouched. */
export const messageRow = z.looseObject({
  MessageID: z.string(),
  ReceivedAt: z.string(),
  Recipients: z.array(z.string()),
});
export const bounceRow = z.looseObject({
  ID: z.union([z.string(), z.number()]),
  BouncedAt: z.string(),
  Email: z.string(),
});
export const signRow = z.looseObject({
  MessageID: z.string(),
  Recipient: z.string(),
  ReceivedAt: z.string(),
  OriginalLink: z.string().optional(),
});

/** Of a webhook, whatever it is about. */
export const notice = z.looseObject({ RecordType: z.string() });
export const deliveryRow = z.looseObject({
  MessageID: z.string(),
  Recipient: z.string(),
  DeliveredAt: z.string(),
});
export const changeRow = z.looseObject({ Recipient: z.string(), ChangedAt: z.string() });

const mail = {
  MessageID: optionalText,
  Tag: optionalText,
  MessageStream: optionalText,
  Subject: optionalText,
};

/** What `map` reads of stored items. */
export const message = z.object({ ...mail, ReceivedAt: moment, Recipients: z.array(z.string()) });
export const delivery = z.object({ ...mail, Recipient: z.string(), DeliveredAt: moment });
export const sign = z.object({
  ...mail,
  Recipient: z.string(),
  ReceivedAt: moment,
  OriginalLink: optionalText,
});
export const bounce = z.object({
  ...mail,
  Email: z.string(),
  BouncedAt: moment,
  Type: z.string(),
  Description: optionalText,
});
export const change = z.object({
  ...mail,
  Recipient: z.string(),
  ChangedAt: moment,
  Origin: optionalText,
  SuppressSending: z.boolean(),
  SuppressionReason: optionalText,
});
export type Mail = { [Name in keyof typeof mail]?: string | undefined };
