import { z } from 'zod';

export const MESSAGE_TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Ids are text whatever the sender wrote; an empty one is none. Longer numbers have lost their last digits. */
const id = z
  .union([z.string(), z.int()], 'Write an id as text.')
  .nullish()
  .transform((value) => (value === null || value === undefined || value === '' ? undefined : String(value)));
const record = z
  .record(z.string(), z.unknown(), 'This must be an object.')
  .nullish()
  .transform((value) => value ?? {});
const optionalText = z
  .unknown()
  .transform((value) => (typeof value === 'string' && value !== '' ? value : undefined))
  .optional();

/** One call of a tracking SDK, as it was sent. What is not named here is kept but not read. */
export const trackingMessage = z.object({
  type: z.enum(MESSAGE_TYPES, `This must be one of ${MESSAGE_TYPES.join(', ')}.`),
  userId: id,
  anonymousId: id,
  previousId: id,
  groupId: id,
  event: optionalText,
  name: optionalText,
  category: optionalText,
  traits: record,
  properties: record,
  context: record,
});
export type TrackingMessage = z.output<typeof trackingMessage>;

/**
 * What is stored of a tracking call. The times are settled when it first arrives, because a retry carries
 * another sentAt: `occurredAt` is corrected for the sender's clock; `givenAt` is set where it lay too far ahead.
 */
export const storedMessage = z.object({
  message: trackingMessage,
  occurredAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  givenAt: z.string().optional(),
});
export type StoredMessage = z.output<typeof storedMessage>;
